/**
 * What becomes of bodies that nothing refers to. Pure.
 *
 * A body is first remembered with the time at which it was seen to be unused, and deleted in a later round when it has
 * been unused in every round for as long as `graceMs`. The time is the server's; where it cannot be trusted, the wait
 * begins anew: a clock that is set forward deletes nothing.
 */

/** A moment by two clocks. */
export interface Moment {
  /** Of the server, epoch ms. */
  readonly server: number;
  /** Of this process; never goes back. */
  readonly monotonic: number;
}

/** What is known when a round has seen everything. */
export interface SweepInput {
  /** What nothing refers to. */
  readonly unused: Iterable<string>;
  /** What was unused before, and since when, epoch ms. Nothing else than what this round would have seen. */
  readonly known: ReadonlyMap<string, number>;
  readonly now: number;
  readonly graceMs: number;
  /** Whether the time that has passed is known. */
  readonly isTimeTrusted: boolean;
  /** Whether this process has seen it unused before. */
  readonly mayDelete: boolean;
}

/** What is to be done. */
export interface SweepPlan {
  /** Unused since now, never before. */
  readonly found: string[];
  /** Unused since now, since what was known cannot be trusted. */
  readonly restarted: string[];
  /** Used again, or gone. */
  readonly forgotten: string[];
  readonly deleted: string[];
}

/** Clocks that are kept drift by less in a round. */
const MOST_DRIFT_MS = 60_000;

/** Whether the server's clock has gone as this process's has since the last round. */
export function isTimeSteady(before: Moment, now: Moment): boolean {
  const passedMs = now.server - before.server;
  return Math.abs(passedMs - (now.monotonic - before.monotonic)) <= MOST_DRIFT_MS;
}

/** Decides about everything that a round has seen. */
export function planSweep(input: SweepInput): SweepPlan {
  const { known, now, graceMs, isTimeTrusted, mayDelete } = input;
  const plan: SweepPlan = { found: [], restarted: [], forgotten: [], deleted: [] };
  const unused = new Set(input.unused);
  for (const member of known.keys()) if (!unused.has(member)) plan.forgotten.push(member);
  for (const member of unused) {
    const since = known.get(member);
    if (since === undefined) plan.found.push(member);
    else if (!isTimeTrusted || !(since <= now)) plan.restarted.push(member);
    else if (mayDelete && now - since >= graceMs) plan.deleted.push(member);
  }
  return plan;
}
