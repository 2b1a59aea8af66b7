/**
 * Makes of an entry of the slow log what an operator may see: the command, the script, the queue. Pure.
 *
 * Arguments may hold data of jobs. Of all of them only keys of queues are shown, and nothing of what follows them.
 */
import { DEFAULT_BULL_PREFIX, queueLabel, queueOfLabel } from '../../keys.ts';
import type { SlowCommand } from './redis-views.ts';

/** An entry as `SLOWLOG GET` gives it. */
export type SlowLogEntry = readonly [
  id: number,
  at: number,
  microseconds: number,
  args: readonly string[],
  address?: string,
  name?: string,
];

/** What scripts and queues there are. */
export interface Known {
  /** Scripts by digest, and the same by the beginning of their text. */
  readonly scripts: readonly {
    readonly name: string;
    readonly sha: string;
    readonly lua: string;
  }[];
  /** Label of a queue → what its keys begin with. */
  readonly prefixes: ReadonlyMap<string, string>;
  /** What Drover's own keys begin with. */
  readonly own: string;
}

const SCRIPTS = ['eval', 'evalsha', 'eval_ro', 'evalsha_ro'];
const WITH_SECOND_WORD = ['client', 'config', 'slowlog', 'latency', 'memory', 'script', 'cluster'];
const MOST_TEXT = 200;
/** The slow log cuts longer arguments, and says how much it left out. */
const CUT = /\.\.\. \(\d+ more bytes\)$/;
const SUFFIXES =
  'active|completed|delayed|events|failed|id|limiter|marker|meta|paused|pc|prioritized|repeat|stalled|wait|waiting-children';

/** The entry, as it is shown. */
export function toSlowCommand(entry: SlowLogEntry, known: Known): SlowCommand {
  const [, at, tookMicroseconds, args, address, name] = entry;
  const word = (args[0] ?? '').toLowerCase();
  const isScript = SCRIPTS.includes(word);
  const keys = isScript ? args.slice(3, 3 + numberOf(args[2])) : args.slice(1, 2);
  const queue = keys.map((key) => queueOf(key, known)).find((each) => each !== null) ?? null;
  return {
    at: at * 1_000,
    tookMicroseconds,
    command: [
      word.toUpperCase(),
      detailOf(word, args, isScript ? undefined : keys[0], queue, known),
    ]
      .join(' ')
      .trim()
      .slice(0, MOST_TEXT),
    script: isScript ? scriptOf(args[1] ?? '', known) : null,
    queue,
    client: name || address || null,
  };
}

function detailOf(
  word: string,
  args: readonly string[],
  key: string | undefined,
  queue: string | null,
  { own }: Known,
): string {
  if (WITH_SECOND_WORD.includes(word)) return (args[1] ?? '').toUpperCase().replace(/[^A-Z-]/g, '');
  if (key === undefined || CUT.test(key)) return '';
  return queue !== null || key.startsWith(`${own}:`) ? key : '';
}

function scriptOf(told: string, { scripts }: Known): string | null {
  if (/^[0-9a-f]{40}$/i.test(told))
    return scripts.find(({ sha }) => sha === told.toLowerCase())?.name ?? null;
  const text = told.replace(CUT, '');
  const found = scripts.filter(({ lua }) => lua.startsWith(text));
  // The beginning of a text may be that of several scripts.
  return found.length === 1 ? found[0]!.name : null;
}

function queueOf(key: string, { prefixes, own }: Known): string | null {
  if (key.startsWith(`${own}:`)) return null;
  let longest: [label: string, prefix: string] | undefined;
  for (const each of prefixes)
    if (key.startsWith(each[1]) && each[1].length > (longest?.[1].length ?? 0)) longest = each;
  if (longest) return longest[0];
  const [, prefix, name] = new RegExp(`^([^:]+):([^:]+):(?:${SUFFIXES})$`).exec(key) ?? [];
  return prefix && name && isOfQueues(prefix, prefixes) ? queueLabel(prefix, name) : null;
}

/** A key of somebody else may end like one of a queue, and hold what nobody should see. */
function isOfQueues(prefix: string, known: Known['prefixes']): boolean {
  if (prefix === DEFAULT_BULL_PREFIX) return true;
  return [...known.keys()].some((label) => queueOfLabel(label).prefix === prefix);
}

function numberOf(text: string | undefined): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? Math.min(value, 100) : 0;
}
