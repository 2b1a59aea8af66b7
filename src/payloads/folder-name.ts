/**
 * The name of a queue as a folder of the file system or of a bucket, and back. Pure.
 *
 * Letters, digits, `-` and `_` stay; every other byte is written as `%` and two digits, the dot and the slash too: no
 * name leads out of its folder or hides in it.
 */

const KEPT = /[\w-]/;
const ENCODED = /^(?:[\w-]|%[0-9A-F]{2})+$/;

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
