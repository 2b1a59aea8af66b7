/**
 * What the leader has heard of the processes, and what each has done since it was heard before.
 *
 * Pure but for its own memory: it is handed texts and times. A process is gone when its beat has not changed for five
 * seconds of looks, or is older than that by the server's clock. Time in which nobody could look, as in an outage of
 * Redis, says nothing of the processes: it does not count, and for five seconds after it, or after a jump of the
 * server's clock, only what was looked at counts. A new leader waits as long for those that had shares under the one
 * before. So neither an outage nor a jump empties the fleet. Clocks of hosts are never compared.
 */
import { parseBeat } from './parse-beat.ts';
import type { HeardBeat, PoolBeat } from './process-beat.ts';

/** After so long without a beat a process is gone: its slots go to others. */
const GONE_AFTER_MS = 5_000;
/** After so long its beat is taken off. */
const FORGOTTEN_AFTER_MS = 60_000;
/** The server's clock and ours run so far apart between two looks only when one was set. */
const JUMP_MS = 2_000;
/** Looks are a second apart; a longer gap is time in which processes may have been unable to be heard. */
const GAP_MS = 2_000;
/** How much of the time since the look before counts as silence. */
const LONGEST_SILENCE_MS = 1_000;
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
  /** For how long it has said nothing new while we looked. */
  readonly silentMs: number;
}

/** Remembers the beats between looks. */
export class HeardBeats {
  #processes = new Map<string, KnownProcess>();
  readonly #expected = new Set<string>();
  #last: LookTime | undefined;
  #firstAt = Number.NEGATIVE_INFINITY;
  /** When the server's clock last said nothing about the age of a beat. */
  #unsteadyAt = Number.NEGATIVE_INFINITY;

  /** Waits for these processes, which had shares under the leader before, as long as a process may be silent. */
  expect(ids: Iterable<string>): void {
    for (const id of ids) this.#expected.add(id);
  }

  /** Takes in the beats of one look. */
  take(texts: Readonly<Record<string, string>>, time: LookTime): Heard {
    const sinceMs = this.#noteTime(time);
    const counted = new Map<string, Counted>();
    const processes = new Map<string, KnownProcess>();
    for (const [id, text] of Object.entries(texts).slice(0, MOST_PROCESSES)) {
      const before = this.#processes.get(id);
      if (before?.text === text) {
        const silentMs = before.silentMs + Math.min(sinceMs, LONGEST_SILENCE_MS);
        processes.set(id, { ...before, silentMs });
        continue;
      }
      const beat = parseBeat(text);
      if (beat && before?.beat) count(counted, before.beat, beat, GONE_AFTER_MS + sinceMs);
      processes.set(id, { text, beat, silentMs: 0 });
    }
    this.#processes = processes;
    return { live: this.#live(time), counted, forgotten: this.#forgotten() };
  }

  /** How long the look before is ago. */
  #noteTime(time: LookTime): number {
    if (!this.#last) this.#firstAt = time.monotonicMs;
    const last = this.#last ?? time;
    this.#last = time;
    const sinceMs = time.monotonicMs - last.monotonicMs;
    const isJump = Math.abs(time.now - last.now - sinceMs) > JUMP_MS;
    if (isJump || sinceMs > GAP_MS) this.#unsteadyAt = time.monotonicMs;
    return sinceMs;
  }

  #live({ now, monotonicMs }: LookTime): HeardBeat[] {
    const isSteady = monotonicMs - this.#unsteadyAt > GONE_AFTER_MS;
    const isNew = monotonicMs - this.#firstAt <= GONE_AFTER_MS;
    return [...this.#processes].flatMap(([id, { beat, silentMs }]) => {
      if (!beat || silentMs > GONE_AFTER_MS) return [];
      const isAwaited = !isSteady || (isNew && this.#expected.has(id));
      return isAwaited || now - beat.beatAt <= GONE_AFTER_MS ? [beat] : [];
    });
  }

  #forgotten(): string[] {
    return [...this.#processes].flatMap(([id, { silentMs }]) =>
      silentMs > FORGOTTEN_AFTER_MS ? [id] : [],
    );
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
