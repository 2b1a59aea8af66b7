/**
 * Changes the data of jobs by a JSON Patch (RFC 6902), before they are replayed. Pure.
 *
 * Paths are those of the data itself: `/size` is `data.size`, and the empty path is all of it. A patch is applied as
 * a whole or not at all. Numbers that JavaScript cannot hold keep their digits.
 */
import { applyPatch, type Operation } from 'rfc6902';
import { parseExactly, stringifyExactly } from '../base/exact-numbers.ts';
import { CoordinatorError } from '../errors.ts';

/** A patch whose form has been checked. */
export type Patch = readonly Operation[];

/** The changed data, or why it cannot be changed like this. */
export type Patched = { readonly data: string } | { readonly problem: string };

const MOST_OPERATIONS = 100;
const MOST_CHARACTERS = 256 * 1_024;
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  add: ['value'],
  replace: ['value'],
  test: ['value'],
  remove: [],
  move: ['from'],
  copy: ['from'],
};
/** What the library steps over, and what could reach into more than the data. */
const FORBIDDEN = /\/(__proto__|constructor|prototype)(\/|$)/;

/** Checks the form of a patch. Throws `PATCH_INVALID`. */
export function parsePatch(input: unknown): Patch {
  if (!Array.isArray(input)) throw invalid('a patch is a list of operations');
  if (input.length === 0) throw invalid('the list is empty');
  if (input.length > MOST_OPERATIONS)
    throw invalid(`${input.length} operations, at most ${MOST_OPERATIONS} are taken`);
  if (JSON.stringify(input).length > MOST_CHARACTERS)
    throw invalid(`it is longer than ${MOST_CHARACTERS} characters`);
  for (const [i, operation] of input.entries()) {
    const problem = problemOf(operation);
    if (problem) throw invalid(`operation ${i + 1}: ${problem}`);
  }
  return input as Operation[];
}

/** Applies a patch to stored data. */
export function applyTo(patch: Patch, data: string): Patched {
  let root: { data: unknown };
  try {
    root = { data: parseExactly(data) };
  } catch {
    return { problem: 'its data is no JSON' };
  }
  const operations = patch.map((operation) => {
    const from = 'from' in operation ? { from: `/data${operation.from}` } : {};
    return { ...structuredClone(operation), path: `/data${operation.path}`, ...from } as Operation;
  });
  const results = applyPatch(root, operations);
  const failed = results.findIndex((result) => result !== null);
  if (failed >= 0) {
    const { op, path } = patch[failed]!;
    return { problem: `operation ${failed + 1} (${op} "${path}") fails: ${results[failed]!.name}` };
  }
  const changed = stringifyExactly(root.data);
  return changed === undefined ? { problem: 'nothing is left of its data' } : { data: changed };
}

/** Names and indexes of a path, from the outside in. */
export function placeOf(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function problemOf(operation: unknown): string | undefined {
  if (typeof operation !== 'object' || operation === null) return 'is no object';
  const { op, path } = operation as Record<string, unknown>;
  const needs = typeof op === 'string' && Object.hasOwn(NEEDS, op) ? NEEDS[op] : undefined;
  if (!needs) return `op must be one of ${Object.keys(NEEDS).join(', ')}, got ${show(op)}`;
  const missing = needs.find((name) => !Object.hasOwn(operation, name));
  if (missing) return `${op} needs "${missing}"`;
  const pointers = [
    path,
    ...(needs.includes('from') ? [(operation as { from: unknown }).from] : []),
  ];
  for (const pointer of pointers) {
    if (typeof pointer !== 'string' || !/^(\/([^~]|~[01])*)?$/s.test(pointer))
      return `${show(pointer)} is no path: write it as "/user/name", or "" for all of the data`;
    if (FORBIDDEN.test(pointer)) return `the path ${show(pointer)} is not allowed`;
  }
  return undefined;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 100);
}

function invalid(problem: string): CoordinatorError {
  return new CoordinatorError('PATCH_INVALID', `The patch cannot be used: ${problem}`);
}
