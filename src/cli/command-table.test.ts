import { expect, test } from 'vitest';
import type { z } from 'zod';
import { ACTIONS, type ActionName } from '../operations/actions.ts';
import { HANDLERS } from '../operations/handlers.ts';
import type { Command } from './command.ts';
import { COMMANDS, EVERYWHERE, optionsOf } from './command-table.ts';
import { longFlag, optionName, typedFor } from './flag-names.ts';
import { runProgram } from './program.ts';

const nameOf = ({ path }: Command): string => path.filter(Boolean).join(' ');
const called = (command: Command): ActionName[] => [
  ...(command.action ? [command.action] : []),
  ...(command.alsoCalls ?? []),
  ...(command.dryRun && command.dryRun !== 'field' ? [command.dryRun] : []),
];

test('every action can be reached by a command, and every command calls actions that exist', () => {
  const reached = new Set(COMMANDS.flatMap(called));
  expect([...reached].filter((name) => !Object.hasOwn(ACTIONS, name))).toEqual([]);
  expect(Object.keys(ACTIONS).filter((name) => !reached.has(name as ActionName))).toEqual([]);
});

/** What the schema of an answer has at a path. */
function schemasAt(schema: z.core.$ZodType, path: readonly string[]): z.core.$ZodType[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const [first, ...rest] = path;
  if (def.type === 'nullable' || def.type === 'optional') return schemasAt(def.innerType, path);
  if (def.type === 'lazy') return schemasAt(def.getter(), path);
  if (def.type === 'union') return def.options.flatMap((each) => schemasAt(each, path));
  if (first === undefined) return [schema];
  if (def.type === 'array' && first === '[]') return schemasAt(def.element, rest);
  if (def.type === 'record') return schemasAt(def.valueType, rest);
  const inner = def.type === 'object' ? def.shape[first] : undefined;
  return inner ? schemasAt(inner, rest) : [];
}

test('every column of a table shows something that the answer has', () => {
  const missing = COMMANDS.flatMap(({ view, action, path }) => {
    if (view?.kind !== 'table' || !action) return [];
    const rows = [...(view.rows?.split('.') ?? []), '[]'];
    const paths = view.columns.map(([, column]) => column);
    return paths
      .filter((each) => {
        const at = [...rows, ...each.split('.')];
        return schemasAt(HANDLERS[action].output as z.ZodType, at).length === 0;
      })
      .map((each) => [path.join(' '), each]);
  });
  expect(missing).toEqual([]);
});

test('no two commands have one path, and no command one flag twice', () => {
  const paths = COMMANDS.map(nameOf);
  expect(new Set(paths).size).toBe(paths.length);
  for (const command of COMMANDS) {
    const names = [...optionsOf(command), ...EVERYWHERE].map(optionName);
    expect([nameOf(command), names.length - new Set(names).size]).toEqual([nameOf(command), 0]);
  }
});

test('what asks for the name of the queue does so here, too, and what destroys is confirmed', () => {
  for (const command of COMMANDS.filter(({ action }) => action && ACTIONS[action])) {
    const { asksForName, effect } = ACTIONS[command.action!];
    // The live view and the doctor ask in their own way.
    if (command.program && command.program !== 'replay-group') continue;
    if (asksForName) expect([nameOf(command), command.asks]).toEqual([nameOf(command), 'name']);
    if (effect === 'destroys') expect(command.asks, nameOf(command)).toBeDefined();
  }
});

test('whatever is confirmed and changes more than one thing can be tried first', () => {
  const untried = COMMANDS.filter(({ asks, bulk }) => asks === 'name' || bulk)
    .filter(({ dryRun }) => !dryRun)
    .map(nameOf);
  expect(untried).toEqual([]);
});

test('every example is a command line that is understood', async () => {
  for (const command of COMMANDS)
    for (const example of command.examples) {
      const words = [...example.replace(/ > .*/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)];
      const argv = words.map(([, single, double, bare]) => single ?? double ?? bare!);
      let understood: Command | undefined;
      const code = await runProgram(argv, async (found) => {
        understood = found;
        return 0;
      });
      expect([example, code, understood && nameOf(understood)]).toEqual([
        example,
        0,
        nameOf(command),
      ]);
    }
});

test('a pointer of an error is what was typed', () => {
  const find = (name: string): Command => COMMANDS.find((each) => nameOf(each) === name)!;
  expect(typedFor(find('queue list'), '/limit')).toBe('--limit');
  expect(typedFor(find('queue clean'), '/olderThan')).toBe('--older-than');
  expect(typedFor(find('queue clean'), '/queue')).toBe('<queue>');
  expect(typedFor(find('job retry'), '/ids/3')).toBe('<job>');
  expect(typedFor(find('dead-letter replay'), '/canary/wait')).toBe('--canary-wait');
  expect(typedFor(find('token create'), '/grants/0/may/1')).toBe('--may');
  expect(typedFor(find('queue list'), '/unheard')).toBeUndefined();
});

test('flags are named as commander names them', () => {
  expect(optionName({ flags: '-p, --base-path <path>' })).toBe('basePath');
  expect(optionName({ flags: '--no-open' })).toBe('open');
  expect(longFlag({ flags: '-y, --yes' })).toBe('--yes');
});
