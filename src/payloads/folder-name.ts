/**
 * The name of a queue as a folder of the file system or of a bucket, and back. Pure.
 *
 * Letters, digits, `-` and `_` stay; every other byte is written as `%` and two digits, the dot and the slash too: no
 * name leads out of its folder or hides in it. File systems take names of 255 bytes: a longer one is refused when its
 * queue is defined, since a store could only fail with it again and again.
 */
import { CoordinatorError } from '../errors.ts';

const KEPT = /[\w-]/;
const ENCODED = /^(?:[\w-]|%[0-9A-F]{2})+$/;
const MOST_CHARACTERS = 255;

/** Throws CONFIG_INVALID for a queue that can have no folder. */
export function checkFolderName(queueLabel: string): void {
  const { length } = toFolderName(queueLabel);
  if (length > MOST_CHARACTERS)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `payload.offloadAbove of queue "${queueLabel}" cannot be used: its name takes ${length} characters as the name of a folder of bodies (letters, digits, "-" and "_" one, any other byte three), more than ${MOST_CHARACTERS}. Give it a shorter name`,
    );
}

/** @param queueLabel name of the queue inside Drover's keys */
export function toFolderName(queueLabel: string): string {
  return [...Buffer.from(queueLabel)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (KEPT.test(character)) return character;
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** The queue of a folder; undefined when the folder is not one of `toFolderName`. */
export function fromFolderName(folder: string): string | undefined {
  if (!ENCODED.test(folder)) return undefined;
  const bytes = folder.replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const label = Buffer.from(bytes, 'latin1').toString();
  return toFolderName(label) === folder ? label : undefined;
}
