/**
 * What the audit may tell of a request: its fields, with those that hold data of jobs replaced by their size, and long
 * texts cut. Pure.
 */
import { stringifyExactly } from '../base/exact-numbers.ts';

const LONGEST_TEXT = 500;
const MOST_ITEMS = 100;

/** The parameters to write down. `secret`: names of fields. */
export function tellable(
  input: object,
  secret: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  const fields = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    fields.map(([name, value]) => [name, secret.includes(name) ? sizeOf(value) : cut(value)]),
  );
}

function sizeOf(value: unknown): string {
  return `[${(stringifyExactly(value) ?? '').length} characters]`;
}

function cut(value: unknown): unknown {
  if (typeof value === 'string' && value.length > LONGEST_TEXT)
    return `${value.slice(0, LONGEST_TEXT)}…`;
  if (Array.isArray(value) && value.length > MOST_ITEMS)
    return [...value.slice(0, MOST_ITEMS), `… ${value.length - MOST_ITEMS} more`];
  return value;
}
