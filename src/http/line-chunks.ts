/**
 * Reads lines as chunks of some size: one by one they would cost more to send than to make.
 */

const CHUNK_CHARACTERS = 64 * 1_024;

/** The next chunk of whole lines; null after the last. */
export async function nextLines(source: AsyncIterator<string>): Promise<string | null> {
  let chunk = '';
  while (chunk.length < CHUNK_CHARACTERS) {
    const { done, value } = await source.next();
    if (done) break;
    chunk += value.endsWith('\n') ? value : `${value}\n`;
  }
  return chunk === '' ? null : chunk;
}
