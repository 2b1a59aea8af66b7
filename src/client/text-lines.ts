/**
 * Reads the body of an answer line by line, as it comes.
 */

import { withDeadline } from '../base/wait.ts';
import { CoordinatorError } from '../errors.ts';

/** The longest line that is taken: a server that sends one without end must not fill the memory. */
const LONGEST_LINE = 64 * 1_024 * 1_024;

/**
 * Lines without their ends; the last one may have none. Ends the body when it is left early.
 *
 * @param quietMs how long nothing may come before the connection is taken for lost. @default as long as it likes
 */
export async function* textLines(
  body: ReadableStream<Uint8Array>,
  quietMs?: number,
): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let next = await read(reader, quietMs); !next.done; next = await read(reader, quietMs)) {
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

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  quietMs: number | undefined,
): Promise<Awaited<ReturnType<typeof reader.read>>> {
  if (quietMs === undefined) return reader.read();
  const waited = await withDeadline(reader.read(), quietMs);
  if (waited.settled) return waited.value;
  throw new CoordinatorError('QUEUE_UNAVAILABLE', `Nothing has come for ${quietMs} ms`);
}
