/**
 * Chunks of any size → parts of one size, the last one shorter.
 *
 * An abort ends it even while the source stands still; the source is then told, and not waited for.
 */
import { abortable } from '../../base/wait.ts';

/** Parts of `partBytes` each; none when nothing comes. Throws what the source throws, and the signal's reason. */
export async function* inParts(
  source: AsyncIterable<Uint8Array>,
  partBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, undefined> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of untilAborted(source, signal))
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + partBytes - bytes);
      chunks.push(taken);
      bytes += taken.length;
      at += taken.length;
      if (bytes < partBytes) continue;
      yield Buffer.concat(chunks);
      chunks = [];
      bytes = 0;
    }
  if (bytes > 0) yield Buffer.concat(chunks);
}

async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await abortable(iterator.next(), signal);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    const returned = Promise.resolve(iterator.return?.());
    if (signal.aborted) returned.catch(() => {});
    else await returned;
  }
}
