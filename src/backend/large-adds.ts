/**
 * What counts as a large add. A batch goes in slices, since more at a time would hold up this process (BullMQ
 * makes all jobs of a batch in one turn), the socket and Redis; what is large goes over the bulk socket.
 */
const SLICE_JOBS = 100;
const LARGE_PAYLOAD_BYTES = 256 * 1024;

/** Cuts `batch` into slices of a hundred. */
export function* slicesOf<T>(batch: readonly T[]): Generator<T[]> {
  for (let start = 0; start < batch.length; start += SLICE_JOBS)
    yield batch.slice(start, start + SLICE_JOBS);
}

/** Whether these jobs, of one add, go over the bulk socket: a full slice of them, or much data. */
export function isLarge(jobs: readonly { data: string }[]): boolean {
  const bytes = jobs.reduce((sum, { data }) => sum + data.length, 0);
  return jobs.length >= SLICE_JOBS || bytes > LARGE_PAYLOAD_BYTES;
}
