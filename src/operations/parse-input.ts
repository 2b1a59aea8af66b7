/**
 * Checks what comes in against an action's schema: what is wrong is told with a pointer to the field.
 */
import type { z } from 'zod';
import { InputError } from '../errors.ts';

/** The input as the action wants it. Throws INPUT_INVALID. */
export function parseInput<Input>(schema: z.ZodType<Input>, input: unknown): Input {
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
