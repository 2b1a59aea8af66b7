/**
 * What counts as a large add: more at a time would hold up the sockets and Redis, so it goes in slices and over
 * the bulk socket.
 */

/** Jobs that are a large batch. */
export const LARGE_BATCH = 100;
const LARGE_PAYLOAD_BYTES = 256 * 1024;

/** Cuts `batch` into slices of `size`. */
export function* slicesOf<T>(batch: readonly T[], size: number = LARGE_BATCH): Generator<T[]> {
  for (let start = 0; start < batch.length; start += size) yield batch.slice(start, start + size);
}

/** Whether this data goes over the bulk socket even in a single job. */
export function isLargePayload(bytes: number): boolean {
  return bytes > LARGE_PAYLOAD_BYTES;
}

/** Whether these jobs, of one add, are a large batch or carry much data. */
export function isLargeBatch(entries: readonly { job: { data: string } }[]): boolean {
  const bytes = entries.reduce((sum, { job }) => sum + job.data.length, 0);
  return entries.length >= LARGE_BATCH || isLargePayload(bytes);
}
