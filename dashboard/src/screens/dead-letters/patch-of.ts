/**
 * The JSON Patch between what data was and what somebody made of it, and what a patch changes, in pairs. Pure.
 *
 * Numbers that JavaScript cannot hold are marked strings in between, and go to the server with all their digits.
 */
import { createPatch } from 'rfc6902';
import { parseExactly, stringifyExactly } from '../../../../src/base/exact-numbers.ts';
import { type Patch, placeOf } from '../../../../src/dead-letters/patch.ts';

/** A place that changes. */
export interface Change {
  readonly path: string;
  /** JSON; null: nothing is there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Both are JSON. Throws what `JSON.parse` throws. */
export function patchBetween(before: string, after: string): Patch {
  return createPatch(parseExactly(before), parseExactly(after));
}

/** What the patch makes of the data. */
export function changesOf(patch: Patch, data: string): readonly Change[] {
  const root = parseExactly(data);
  return patch.map((operation) => ({
    path: operation.path,
    before: operation.op === 'add' ? null : written(valueAt(root, operation.path)),
    after: 'value' in operation ? written(operation.value) : null,
  }));
}

function valueAt(root: unknown, path: string): unknown {
  return placeOf(path).reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null
        ? (value as Readonly<Record<string, unknown>>)[name]
        : undefined,
    root,
  );
}

function written(value: unknown): string | null {
  return stringifyExactly(value) ?? null;
}
