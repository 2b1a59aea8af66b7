/**
 * How flags are called: `-p, --base-path <path>` → `basePath`, and the way back from a field of the input. Pure.
 */
import type { Command, Option } from './command.ts';
import { optionsOf } from './command-table.ts';

/** `-p, --base-path <path>` → `--base-path`. */
export function longFlag({ flags }: Pick<Option, 'flags'>): string {
  return /--[\w-]+/.exec(flags)![0];
}

/** `--base-path` → `basePath`; `--no-open` → `open`, as commander has it. */
export function optionName(option: Pick<Option, 'flags'>): string {
  const name = longFlag(option).replace(/^--(?:no-)?/, '');
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The field of the input that a flag is; null: none. */
export function fieldOf(option: Option): string | null {
  return option.field === undefined ? optionName(option) : option.field;
}

/** What a person typed for the field that a JSON Pointer names: `--limit`, `<queue>`; undefined: nothing. */
export function typedFor(command: Command, pointer: string): string | undefined {
  // A command line makes one grant, of flags that stand beside the others.
  const inner = pointer.replace(/^\/grants\/0(?=\/)/, '');
  const path = inner.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const field = path.split('.')[0]!;
  if (field === '') return undefined;
  const argument = command.arguments?.find(({ name }) => name === field || isIds(name, field));
  if (argument) return `<${argument.name}>`;
  const options = optionsOf(command);
  const option =
    options.find((each) => fieldOf(each) === path) ??
    options.find((each) => fieldOf(each)?.split('.')[0] === field);
  return option && longFlag(option);
}

/** Several jobs are the field `ids`. */
function isIds(name: string, field: string): boolean {
  return name === 'job' && field === 'ids';
}
