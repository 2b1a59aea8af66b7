/**
 * What was typed → the input of an action. Pure.
 *
 * Only the shape is made here; whether the values are right says the action's own schema, in one place for all faces.
 */
import { parseExactly } from '../base/exact-numbers.ts';
import { CoordinatorError, InputError } from '../errors.ts';
import type { ActionName } from '../operations/actions.ts';
import type { Argument, Asks, Command, FieldKind, Option } from './command.ts';
import { optionsOf } from './command-table.ts';
import { fieldOf, longFlag, optionName } from './flag-names.ts';
import type { Typed } from './program.ts';

/** Something to be done. */
export interface Order {
  readonly action: ActionName;
  readonly input: Readonly<Record<string, unknown>>;
  /** What `--dry-run` asks in its place. */
  readonly plan: { readonly action: ActionName; readonly input: Record<string, unknown> } | null;
  readonly asks: Asks | null;
  /** The answer is a bulk action. */
  readonly isBulk: boolean;
}

/** The order that a command line is. Throws INPUT_INVALID. */
export function toOrder(command: Command, typed: Typed): Order {
  const { bulk } = command;
  const fields = fieldsOf(command, typed);
  if (!bulk) return single(command, shaped(command, fields));
  const { job, state, filter, perSecond, confirm, ...rest } = fields;
  const ids = (job ?? []) as readonly string[];
  const isSelecting = state !== undefined || filter !== undefined;
  if (ids.length === 1 && !isSelecting) return single(command, { ...rest, job: ids[0] });
  if (ids.length > 0 && isSelecting)
    throw new InputError('/state', 'give ids, or --state with --filter, not both');
  if (ids.length === 0 && state === undefined)
    throw new InputError('/job', 'give ids, or --state for all of a state');
  const which = ids.length > 0 ? { ids } : defined({ state, filter });
  const input = { ...rest, ...which, ...defined({ perSecond }), kind: bulk.kind };
  return {
    ...{ action: 'jobs.bulk', input: { ...input, ...defined({ confirm }) } },
    plan: { action: 'jobs.plan', input },
    ...{ asks: bulk.asks, isBulk: true },
  };
}

function single(command: Command, input: Record<string, unknown>): Order {
  const { action, dryRun, asks = null, follows = false } = command;
  if (!action)
    throw new CoordinatorError('NOT_SUPPORTED', `"${command.path.join(' ')}" acts alone`);
  const { confirm: _, ...planned } = input;
  const plan =
    dryRun === 'field'
      ? { action, input: { ...planned, dryRun: true } }
      : dryRun && !command.bulk
        ? { action: dryRun, input: { ...planned, ...planKind(action) } }
        : null;
  const isRemoval = action === 'jobs.bulk' && input.kind === 'remove';
  return { action, input, plan, asks: isRemoval ? 'name' : asks, isBulk: follows };
}

/** One plan serves both. */
function planKind(action: ActionName): object {
  if (action === 'deadLetters.replay') return { kind: 'replay' };
  return action === 'deadLetters.discard' ? { kind: 'discard' } : {};
}

/** Fields that a grant or a nested object is made of. */
function shaped(command: Command, fields: Record<string, unknown>): Record<string, unknown> {
  if (command.action !== 'tokens.create') return fields;
  const { may, queues, ...rest } = fields;
  return { ...rest, grants: [{ may, ...defined({ queues }) }] };
}

/** The fields of a command line, converted. */
export function fieldsOf(command: Command, { args, options }: Typed): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...command.fixed };
  let at = 0;
  for (const argument of command.arguments ?? []) {
    const value = argument.isMany ? args.slice(at) : args[at];
    at += 1;
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    const { name, as = 'text' } = argument;
    fields[name] = Array.isArray(value) ? value : toField(as, value as string, name);
  }
  for (const option of optionsOf(command)) {
    const field = fieldOf(option);
    const value = options[optionName(option)];
    if (field === null || value === undefined) continue;
    // What may be given several times is a list already.
    const isMany = Array.isArray(value);
    const one = (): unknown =>
      toField(option.as ?? 'text', value as string | boolean, longFlag(option));
    put(fields, field, isMany ? value : one());
  }
  return fields;
}

/** Text → what the action wants; what is no number stays text, and the schema says what is wrong with it. */
export function toField(
  as: NonNullable<Argument['as'] | Option['as']>,
  value: string | boolean,
  typed: string,
): unknown {
  if (typeof value === 'boolean') return value;
  return CONVERSIONS[as](value, typed);
}

const CONVERSIONS: Readonly<Record<FieldKind, (text: string, typed: string) => unknown>> = {
  text: (text) => text,
  flag: (text) => text,
  number: (text) => (/^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text),
  'number-or-none': (text) => (text === 'none' ? null : CONVERSIONS.number(text, '')),
  list: (text) =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  json: (text, typed) => parsed(JSON.parse, text, typed),
  data: (text, typed) => parsed(parseExactly, text, typed),
};

function parsed(parse: (text: string) => unknown, text: string, typed: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new CoordinatorError(
      'INPUT_INVALID',
      `${typed} is no JSON: ${(error as Error).message.slice(0, 120)}`,
    );
  }
}

/** `canary.count` → inside `canary`. */
function put(fields: Record<string, unknown>, path: string, value: unknown): void {
  const [first, ...rest] = path.split('.');
  if (rest.length === 0) {
    fields[first!] = value;
    return;
  }
  const inner = (fields[first!] ?? {}) as Record<string, unknown>;
  fields[first!] = inner;
  put(inner, rest.join('.'), value);
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
