/**
 * Patches that would tell what is secret: an operation answers by whether it can be applied, and what has been moved to
 * a plain field is shown. Pure.
 *
 * Writing into a secret field, and removing it, tells nothing.
 */
import { CoordinatorError } from '../errors.ts';
import {
  followPlace,
  isAnywhere,
  isOfOneItem,
  type RedactionPath,
  type RedactionPaths,
} from '../payloads/redaction-path.ts';
import { type Patch, placeOf } from './patch.ts';

/** Throws `PATCH_INVALID` for one that needs the right to read data. */
export function refuseTelling(patch: Patch, paths: RedactionPaths): void {
  for (const [i, operation] of patch.entries()) {
    const { op, path } = operation;
    const pointers = 'from' in operation ? [path, operation.from] : [path];
    if (pointers.some((pointer) => tells(operation, placeOf(pointer), paths)))
      throw new CoordinatorError(
        'PATCH_INVALID',
        `The patch cannot be used: operation ${i + 1} (${op} "${path}") can tell what secret fields hold, so whoever asks must be allowed to read data (mayReadData)`,
      );
  }
}

function tells(operation: Patch[number], place: readonly string[], paths: RedactionPaths): boolean {
  const around = followPlace(paths, place.slice(0, -1));
  if (around === 'secret') return true; // Which names and indexes there are inside is secret as well.
  const left = followPlace(paths, place);
  /** Where items of a list move up or down, a path that counts them means another one. */
  const shifts = around.some(isOfOneItem);
  switch (operation.op) {
    case 'replace':
      return false;
    case 'add':
    case 'remove':
      return shifts;
    case 'test':
      return left === 'secret' || left.some((path) => isObject(operation.value) || isHere(path));
    default:
      return shifts || left === 'secret' || left.some(isHere);
  }

  function isHere(path: RedactionPath): boolean {
    return !(isAnywhere(path) && paths.includes(path));
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
