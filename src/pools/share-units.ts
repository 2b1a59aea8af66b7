/**
 * The processes of the fleet as those that shares are made for.
 *
 * Remembers which versions have been seen since when: while two work on a queue side by side, the one that came first
 * is the old one. A leader that finds both there does not know, and prefers none. Applications that share no queue are
 * not compared.
 */
import type { HeardBeat } from './process-beat.ts';
import type { ShareUnit } from './share.ts';

/** Tells old processes from new ones. */
export class Rollout {
  /** Version → the look in which it was first seen. */
  #firstSeen = new Map<string, number>();
  #looks = 0;

  /** The processes of one look, as units. */
  unitsOf(live: readonly HeardBeat[]): ShareUnit[] {
    this.#looks += 1;
    const versions = new Set(live.flatMap(({ version }) => version ?? []));
    this.#firstSeen = new Map(
      [...versions].map((version) => [version, this.#firstSeen.get(version) ?? this.#looks]),
    );
    const newest = new Map<string, number>();
    for (const { version, pools } of live)
      for (const queue of Object.keys(pools))
        newest.set(queue, Math.max(newest.get(queue) ?? 0, this.#seen(version)));
    return live.map(({ id, host, capacity, isStopping, version, pools }) => ({
      ...{ id, host, capacity, isStopping, pools },
      isOld:
        version !== null &&
        Object.keys(pools).some((queue) => this.#seen(version) < newest.get(queue)!),
    }));
  }

  #seen(version: string | null): number {
    return version === null ? 0 : this.#firstSeen.get(version)!;
  }
}
