/**
 * Lets this process give way to others on its machine: jobs go before backups. Compressing would otherwise take a core
 * from Redis or a worker beside it. Where the system does not allow it nothing is lost but that.
 */
import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** As `nice` does by default. */
const NICENESS = 10;

/** From now on, for every thread: Linux has a priority for each, and the pool of Node may run already. */
export function lowerPriority(): void {
  for (const thread of [0, ...threads()]) {
    try {
      setPriority(thread, Math.max(NICENESS, getPriority(thread)));
    } catch {
      // It has ended, or it is not allowed.
    }
  }
}

function threads(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return []; // Other systems have one priority for all.
  }
}
