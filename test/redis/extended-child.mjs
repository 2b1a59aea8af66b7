/** A processor in a child process of a queue with extended payloads. */
import { fromExtended, toExtended } from '../../dist/index.js';

export default async function processor(job) {
  const data = fromExtended(job.data);
  return toExtended({ year: data.taken.getUTCFullYear(), next: data.size + 1n });
}
