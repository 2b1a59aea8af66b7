/**
 * The processes of the fleet as those that shares are made for.
 *
 * Remembers which versions of the application have been seen since when: while two run side by side, the one that came
 * first is the old one. A leader that finds both there does not know, and prefers none.
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
    const newest = Math.max(0, ...this.#firstSeen.values());
    return live.map(({ id, host, capacity, isStopping, version, pools }) => ({
      ...{ id, host, capacity, isStopping, pools },
      isOld: version !== null && this.#firstSeen.get(version)! < newest,
    }));
  }
}
