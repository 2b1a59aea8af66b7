/**
 * Whether what was loaded is what the manifest promises: keys, and jobs of every queue by state. Pure.
 *
 * A count may lie anywhere between the least and the most that was seen around the snapshot. Keys with a time to live may
 * have ended since: those that were left out while loading count as there.
 */

import { type BackupManifest, COUNTED_STATES, type StateCounts } from './manifest.ts';
import { type LoadedData, queueDatabase } from './scratch/loaded-data.ts';

/** A queue of a backup, as promised and as found. */
export interface ComparedQueue {
  readonly queue: string;
  readonly isRight: boolean;
  readonly found: StateCounts;
  readonly least: StateCounts;
  readonly most: StateCounts;
}

/** What a comparison found. */
export interface Comparison {
  readonly isRight: boolean;
  readonly keys: {
    readonly isRight: boolean;
    readonly found: number;
    /** Left out of `found`: their time had come. */
    readonly expired: number | null;
    readonly least: number;
    readonly most: number;
  };
  readonly queues: readonly ComparedQueue[];
  /** Sentences on what is not right; none when all is. */
  readonly problems: readonly string[];
}

const NONE: StateCounts = {
  ...{ waiting: 0, paused: 0, active: 0, delayed: 0, prioritized: 0 },
  ...{ waitingChildren: 0, completed: 0, failed: 0 },
};

/** Compares. */
export function compareBackup({ counted }: BackupManifest, loaded: LoadedData): Comparison {
  // Which database was counted is not written down: it is the one with the queues.
  const database = queueDatabase(loaded.databases);
  // A queue may have come and gone while others were counted, or none could be: nothing is known of it then.
  const unexpected = counted.isExact ? (database?.labels ?? []) : [];
  const labels = [...new Set([...Object.keys(counted.queues), ...unexpected])].sort();
  const queues = labels.map((queue) => {
    const found = database?.queues[queue] ?? NONE;
    const { least, most } = counted.queues[queue] ?? { least: NONE, most: NONE };
    return { queue, isRight: wrongStates(found, least, most).length === 0, found, least, most };
  });
  const keys = compareKeys(counted.keys, database?.keys ?? 0, loaded.expired);
  const problems = [...problemOfKeys(keys), ...queues.flatMap(problemsOf)];
  return { isRight: problems.length === 0, keys, queues, problems };
}

function compareKeys(
  { least, most }: BackupManifest['counted']['keys'],
  found: number,
  expired: number | null,
): Comparison['keys'] {
  // Servers before 7.0 do not tell how many had ended: fewer keys say nothing then.
  const isEnough = expired === null || found + expired >= least;
  return { isRight: isEnough && found <= most, found, expired, least, most };
}

function problemOfKeys({ isRight, found, expired, least, most }: Comparison['keys']): string[] {
  if (isRight) return [];
  const had = expired ? `${found} keys and ${expired} whose time had come` : `${found} keys`;
  return [`it has ${had}, and ${range(least, most)} were counted when it was made`];
}

function problemsOf({ queue, found, least, most }: ComparedQueue): string[] {
  return wrongStates(found, least, most).map(
    (state) =>
      `queue ${queue} has ${found[state]} ${state} jobs, and ${range(least[state], most[state])} were counted`,
  );
}

function wrongStates(
  found: StateCounts,
  least: StateCounts,
  most: StateCounts,
): (keyof StateCounts)[] {
  return COUNTED_STATES.filter(
    (state) => found[state] < least[state] || found[state] > most[state],
  );
}

function range(least: number, most: number): string {
  return least === most ? String(least) : `${least} to ${most}`;
}
