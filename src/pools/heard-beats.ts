/**
 * What the leader has heard of the processes, and what each has done since it was heard before.
 *
 * Pure but for its own memory: it is handed texts and times. A process is gone when its beat has not changed for five
 * seconds of our own steady clock, or is older than that by the server's clock; while the server's clock jumps only the
 * first counts, so a jump never empties the fleet. Clocks of hosts are never compared.
 */
import { parseBeat } from './parse-beat.ts';
import type { HeardBeat, PoolBeat } from './process-beat.ts';

/** After so long without a beat a process is gone: its slots go to others. */
const GONE_AFTER_MS = 5_000;
/** After so long its beat is taken off. */
const FORGOTTEN_AFTER_MS = 60_000;
/** The server's clock and ours run so far apart between two looks only when one was set. */
const JUMP_MS = 2_000;
/** Processes that are listened to. */
const MOST_PROCESSES = 2_000;

const COUNTS = ['started', 'returned', 'busyMs', 'runs', 'runMs', 'runMsSquared'] as const;

/** What was counted of a queue, over all processes. */
export type Counted = Readonly<Record<(typeof COUNTS)[number], number>>;

/** Nothing. */
export const NOTHING_COUNTED: Counted = {
  ...{ started: 0, returned: 0, busyMs: 0 },
  ...{ runs: 0, runMs: 0, runMsSquared: 0 },
};

/** What one look has heard. */
export interface Heard {
  /** Processes that are there. */
  readonly live: readonly HeardBeat[];
  /** Queue → what was done since the look before. */
  readonly counted: ReadonlyMap<string, Counted>;
  /** Whose beats are to be taken off. */
  readonly forgotten: readonly string[];
}

/** When a look was taken. */
export interface LookTime {
  /** Server time, epoch ms. */
  readonly now: number;
  /** Our own steady clock. */
  readonly monotonicMs: number;
}

interface KnownProcess {
  readonly text: string;
  readonly beat: HeardBeat | undefined;
  readonly changedAt: number;
}

/** Remembers the beats between looks. */
export class HeardBeats {
  #processes = new Map<string, KnownProcess>();
  #last: LookTime | undefined;
  #jumpedAt = Number.NEGATIVE_INFINITY;

  /** Takes in the beats of one look. */
  take(texts: Readonly<Record<string, string>>, time: LookTime): Heard {
    const sinceMs = this.#noteTime(time);
    const counted = new Map<string, Counted>();
    const processes = new Map<string, KnownProcess>();
    for (const [id, text] of Object.entries(texts).slice(0, MOST_PROCESSES)) {
      const before = this.#processes.get(id);
      if (before?.text === text) {
        processes.set(id, before);
        continue;
      }
      const beat = parseBeat(text);
      if (beat && before?.beat) count(counted, before.beat, beat, GONE_AFTER_MS + sinceMs);
      processes.set(id, { text, beat, changedAt: time.monotonicMs });
    }
    this.#processes = processes;
    return { live: this.#live(time), counted, forgotten: this.#forgotten(time) };
  }

  /** How long the look before is ago. */
  #noteTime(time: LookTime): number {
    const last = this.#last ?? time;
    this.#last = time;
    const sinceMs = time.monotonicMs - last.monotonicMs;
    if (Math.abs(time.now - last.now - sinceMs) > JUMP_MS) this.#jumpedAt = time.monotonicMs;
    return sinceMs;
  }

  #live({ now, monotonicMs }: LookTime): HeardBeat[] {
    const isServerTimeSteady = monotonicMs - this.#jumpedAt > GONE_AFTER_MS;
    return [...this.#processes.values()].flatMap(({ beat, changedAt }) => {
      if (!beat || monotonicMs - changedAt > GONE_AFTER_MS) return [];
      return isServerTimeSteady && now - beat.beatAt > GONE_AFTER_MS ? [] : [beat];
    });
  }

  #forgotten({ monotonicMs }: LookTime): string[] {
    const isOver = ({ changedAt }: KnownProcess): boolean =>
      monotonicMs - changedAt > FORGOTTEN_AFTER_MS;
    return [...this.#processes].flatMap(([id, heard]) => (isOver(heard) ? [id] : []));
  }
}

/**
 * Adds what a process did between two of its beats. After a silence nothing is added: what it did meanwhile did not
 * happen in the time that the next plan is made for.
 */
function count(
  counted: Map<string, Counted>,
  before: HeardBeat,
  beat: HeardBeat,
  longestMs: number,
): void {
  const gapMs = beat.beatAt - before.beatAt;
  if (gapMs < 0 || gapMs > longestMs) return;
  for (const [queue, pool] of Object.entries(beat.pools)) {
    const earlier = before.pools[queue];
    const isNew = !earlier || COUNTS.some((name) => pool[name] < earlier[name]);
    const sum = counted.get(queue) ?? NOTHING_COUNTED;
    counted.set(queue, added(sum, pool, isNew ? NOTHING_COUNTED : earlier));
  }
}

function added(sum: Counted, pool: PoolBeat, earlier: Counted): Counted {
  const entries = COUNTS.map((name) => [name, sum[name] + pool[name] - earlier[name]]);
  return Object.fromEntries(entries) as Counted;
}

/** Both together. */
export function plus(a: Counted, b: Counted): Counted {
  return Object.fromEntries(COUNTS.map((name) => [name, a[name] + b[name]])) as Counted;
}
