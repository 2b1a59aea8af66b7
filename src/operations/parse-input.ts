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
  const { success, data, error } = schema.safeParse(input ?? {});
  if (success) return data;
  const [issue] = error.issues;
  const path = issue?.code === 'unrecognized_keys' ? [issue.keys[0]!] : (issue?.path ?? []);
  throw new InputError(toPointer(path), issue?.message ?? 'cannot be used');
}

/** `['canary', 'count']` → `/canary/count`, as RFC 6901 has it. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 100)}`)
    .join('');
}
