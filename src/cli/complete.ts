/**
 * `drover __complete WORD …`: what may stand in place of the last word, a candidate and its meaning a line.
 *
 * Runs at every press of a key: it never asks long, never says a word on stderr, and never fails.
 */
import { withDeadline } from '../base/wait.ts';
import type { Command, Noun, Option } from './command.ts';
import { EVERYWHERE, NOUNS, optionsOf } from './command-table.ts';
import { longFlag, optionName } from './flag-names.ts';
import { printable } from './printable.ts';

/** A word and what it means. */
export type Candidate = readonly [word: string, meaning: string];

/** Names of queues, as far as they are known in time. */
export type QueueNames = (flags: Readonly<Record<string, unknown>>) => Promise<readonly string[]>;

const DEADLINE_MS = 2_000;

/** Prints the candidates; the exit code is always 0. */
export async function complete(words: readonly string[]): Promise<number> {
  const found = await candidates(words, queueNames).catch((): Candidate[] => []);
  const lines = found.map(([word, meaning]) => `${printable(word)}\t${printable(meaning)}`);
  if (lines.length > 0)
    await new Promise<void>((resolve) => {
      process.stdout.write(`${lines.join('\n')}\n`, () => resolve());
    });
  return 0;
}

/** What may stand in place of the last of `words`. */
export async function candidates(
  words: readonly string[],
  queues: QueueNames,
): Promise<Candidate[]> {
  const last = words.at(-1) ?? '';
  const [flag, value] = parted(last);
  if (value !== undefined) {
    const found = await candidates([...words.slice(0, -1), flag!, value], queues);
    return found.map(([word, meaning]) => [`${flag}=${word}`, meaning]);
  }
  const { plain, flags, open } = readWords(words.slice(0, -1));
  const starting = (all: readonly Candidate[]): Candidate[] =>
    all.filter(([word]) => word.startsWith(last));
  const [first] = plain;
  const noun =
    first === undefined
      ? undefined
      : NOUNS.find(({ name, alias }) => name === first || alias === first);
  const command = noun && commandOf(noun, plain);
  const options = [...(command ? optionsOf(command) : []), ...EVERYWHERE];
  if (open) {
    const option = options.find(
      (each) => longFlag(each) === open || each.flags.startsWith(`${open},`),
    );
    if (option?.choices) return starting(option.choices.map((each) => [each, option.says]));
    const wantsQueue = option && ['queue', 'to', 'confirm'].includes(optionName(option));
    return wantsQueue ? starting(await namesAsCandidates(queues, flags)) : [];
  }
  if (last.startsWith('-')) return starting(options.map((each) => [longFlag(each), each.says]));
  if (!noun) return starting(NOUNS.map(({ name, says }) => [name, says]));
  if (!command) return starting(noun.commands.map(({ path, says }) => [path[1]!, says]));
  const at = plain.length - (command.path.length === 1 ? 1 : 2);
  const argument = command.arguments?.[at];
  if (argument?.name === 'queue') return starting(await namesAsCandidates(queues, flags));
  if (argument?.name === 'shell') return starting(SHELLS);
  return [];
}

const SHELLS: readonly Candidate[] = [
  ['bash', ''],
  ['zsh', ''],
  ['fish', ''],
];

function commandOf({ commands }: Noun, plain: readonly string[]): Command | undefined {
  const [first] = commands;
  if (first!.path.length === 1) return first;
  return commands.find(({ path }) => path[1] === plain[1]);
}

/** `--sort=name` is two words. */
function parted(word: string): string[] {
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
  return flag === undefined ? [word] : [flag, value!];
}

/** Words apart from flags; and the flag whose value comes next. */
function readWords(words: readonly string[]): {
  plain: string[];
  flags: Record<string, unknown>;
  open: string | undefined;
} {
  const plain: string[] = [];
  const flags: Record<string, unknown> = {};
  let open: string | undefined;
  const all = NOUNS.flatMap(({ commands }) => commands.flatMap((each) => optionsOf(each)));
  const known: readonly Option[] = [...EVERYWHERE, ...all];
  for (const word of words.flatMap(parted)) {
    if (open !== undefined) {
      const option = known.find((each) => each.flags.split(/[ ,]+/).includes(open!));
      if (option) flags[optionName(option)] = word;
      open = undefined;
    } else if (word.startsWith('-')) {
      const option = known.find((each) => each.flags.split(/[ ,]+/).includes(word));
      if (option?.flags.includes('<')) open = word;
      else if (option) flags[optionName(option)] = true;
    } else plain.push(word);
  }
  return { plain, flags, open };
}

async function namesAsCandidates(
  queues: QueueNames,
  flags: Readonly<Record<string, unknown>>,
): Promise<Candidate[]> {
  const names = await withDeadline(queues(flags), DEADLINE_MS);
  return names.settled ? names.value.map((name) => [name, 'queue']) : [];
}

/** Asked of Redis or the server, as a command would. */
const queueNames: QueueNames = async (flags) => {
  const [{ resolveSettings }, { surroundings }, { openTransport }] = await Promise.all([
    import('./settings.ts'),
    import('./surroundings.ts'),
    import('./open-transport.ts'),
  ]);
  const settings = resolveSettings(
    { ...flags, timeout: `${DEADLINE_MS}ms`, redisStdin: false },
    surroundings(),
  );
  const transport = await openTransport(settings, {
    writes: false,
    looksAround: false,
    runs: false,
  });
  const page = await transport.call('queues.list', { limit: 200 });
  return (page as { rows: readonly { queue: string }[] }).rows.map(({ queue }) => queue);
};
