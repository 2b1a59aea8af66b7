/**
 * Hands a text that comes line by line to whoever looks, as a file. It is held in memory: it ends at a bound.
 */

/** Larger exports are for the command line. */
const MOST_BYTES = 200 * 1_024 * 1_024;

/**
 * Saves lines as a file. Resolves with how many there were; rejects with `tooMuch` when it is
 * too much, or when the source fails.
 */
export async function saveLines(
  name: string,
  lines: AsyncIterable<string>,
  tooMuch: string,
): Promise<number> {
  const parts: string[] = [];
  let bytes = 0;
  for await (const line of lines) {
    parts.push(line, '\n');
    bytes += line.length + 1;
    if (bytes > MOST_BYTES) throw new Error(tooMuch);
  }
  const url = URL.createObjectURL(new Blob(parts, { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
  return parts.length / 2;
}
