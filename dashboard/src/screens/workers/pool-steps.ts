/**
 * The slots of a pool over time, from what was decided for it. Pure.
 */
import type { DecisionView, PoolView } from '../../../../src/operations/views.ts';

/** Moments, and what was true from each of them on. */
export interface PoolSteps {
  readonly times: readonly number[];
  readonly target: readonly (number | null)[];
  /** Open slots: only how many there are now is known. */
  readonly current: readonly (number | null)[];
  readonly max: readonly number[];
  /** Jobs in the system, as they were when something was decided. */
  readonly load: readonly (number | null)[];
}

/** Before the first decision that is kept nothing is known. @param decisions newest first */
export function poolSteps(
  pool: Pick<PoolView, 'target' | 'current' | 'max'>,
  decisions: readonly DecisionView[],
  { from, now }: { from: number; now: number },
): PoolSteps {
  const within = decisions.filter(({ at }) => at > from && at < now).toReversed();
  const before = decisions.find(({ at }) => at <= from);
  const atFrom = before?.to ?? (within.length > 0 ? null : pool.target);
  const times = [from, ...within.map(({ at }) => at), now];
  return {
    times,
    target: [atFrom, ...within.map(({ to }) => to), pool.target],
    current: times.map((at) => (at === now ? pool.current : null)),
    max: times.map(() => pool.max),
    load: [null, ...within.map(({ explanation }) => explanation.load), null],
  };
}

/** A host, and the slots of its processes. */
export interface HostShare {
  readonly host: string;
  readonly slots: number;
  readonly processes: number;
}

/** The slots of a pool by host, most first. Processes are called `<host>:<pid>`. */
export function hostShares(shares: Readonly<Record<string, number>>): readonly HostShare[] {
  const hosts = new Map<string, HostShare>();
  for (const [process, slots] of Object.entries(shares)) {
    const colon = process.lastIndexOf(':');
    const host = colon > 0 ? process.slice(0, colon) : process;
    const known = hosts.get(host);
    const processes = (known?.processes ?? 0) + 1;
    hosts.set(host, { host, processes, slots: (known?.slots ?? 0) + slots });
  }
  return [...hosts.values()].sort((a, b) => b.slots - a.slots || (a.host < b.host ? -1 : 1));
}
