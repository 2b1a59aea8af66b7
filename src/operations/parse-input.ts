/**
 * Checks what comes in against an action's schema: what is wrong is told with a pointer to the field.
 */
import type { z } from 'zod';
import { isNestedBeyond } from '../base/nesting.ts';
import { InputError } from '../errors.ts';

/** Objects and arrays within each other. What is deeper would end a recursion in somebody else's code. */
const DEEPEST = 100;

/** The input as the action wants it. Throws INPUT_INVALID. */
export function parseInput<Input>(schema: z.ZodType<Input>, input: unknown): Input {
  if (isNestedBeyond(DEEPEST, input))
    throw new InputError('', `must not be nested more than ${DEEPEST} levels deep`);
  const { success, data, error } = schema.safeParse(input ?? {}, { error: whatWouldBeRight });
  if (success) return data;
  const [issue] = error.issues;
  const path = issue?.code === 'unrecognized_keys' ? [issue.keys[0]!] : (issue?.path ?? []);
  throw new InputError(toPointer(path), issue?.message ?? 'cannot be used');
}

/** For what a schema itself has no words. */
function whatWouldBeRight(issue: z.core.$ZodRawIssue): string | undefined {
  const { code } = issue;
  if (code === 'invalid_type')
    return issue.input === undefined
      ? 'is missing'
      : `must be ${KINDS[issue.expected] ?? issue.expected}`;
  if (code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (code === 'unrecognized_keys') return 'is not known here';
  if (code === 'too_small') return `must ${measure(issue.origin)} at least ${issue.minimum}`;
  return code === 'too_big' ? `must ${measure(issue.origin)} at most ${issue.maximum}` : undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
  ...{ array: 'a list', object: 'an object', record: 'an object' },
};

/** What a bound is about. */
function measure(origin: string): string {
  return origin === 'string' || origin === 'array' ? 'have a length of' : 'be';
}

/** `['canary', 'count']` → `/canary/count`, as RFC 6901 has it. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 100)}`)
    .join('');
}
