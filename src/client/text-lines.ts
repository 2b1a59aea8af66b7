/**
 * Reads the body of an answer line by line, as it comes.
 */

/** The longest line that is taken: a server that sends one without end must not fill the memory. */
const LONGEST_LINE = 64 * 1_024 * 1_024;

/** Lines without their ends; the last one may have none. Ends the body when it is left early. */
export async function* textLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const parts = (rest + decoder.decode(next.value, { stream: true })).split('\n');
      rest = parts.pop()!;
      if (rest.length > LONGEST_LINE) throw new RangeError('A line of the answer has no end');
      for (const line of parts) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
    rest += decoder.decode();
    if (rest !== '') yield rest;
  } finally {
    void reader.cancel().catch(() => {});
  }
}
