/**
 * Whether a worker is stuck: connected, with room for a job, and not fetching. Pure.
 *
 * BullMQ cannot tell: `isRunning()` stays true while a fetch or a wait never settles. A worker is looked at again
 * and again; it is stuck when, for long enough, every look finds no excuse and no fetch since the look before.
 */

/** A worker at one look. Times are monotonic ms. */
export interface WorkerFacts {
  readonly now: number;
  /** Which connection it has: changes with every reconnect; undefined while there is none. */
  readonly connection: number | undefined;
  readonly isClosing: boolean;
  readonly isPaused: boolean;
  /** Whether BullMQ's loop runs. */
  readonly isRunning: boolean;
  /** Whether Redis is being asked for its jobs. */
  readonly isWaiting: boolean;
  /** How long one wait may take. */
  readonly longestWaitMs: number;
  readonly isRateLimited: boolean;
  /** Whether Redis refuses what it sends, and it tries again. */
  readonly isRefused: boolean;
  readonly slots: number;
  readonly active: number;
  readonly lastFetchAt: number;
}

/** What is remembered from look to look. */
export interface Watch {
  readonly connection: number | undefined;
  readonly lastFetchAt: number;
  /** The first look that found it like this. */
  readonly since: number;
}

/** What one look comes to. */
export interface Verdict {
  /** For the next look; undefined when it had an excuse. */
  readonly watch: Watch | undefined;
  /** Why it must be rebuilt; undefined when it must not. */
  readonly stuck: string | undefined;
}

/** Judges a worker by this look and the one before. */
export function judgeWorker(
  before: Watch | undefined,
  facts: WorkerFacts,
  afterMs: number,
): Verdict {
  if (facts.isClosing || facts.isPaused) return { watch: undefined, stuck: undefined };
  if (!facts.isRunning) return { watch: undefined, stuck: 'its loop has ended' };
  if (isExcused(facts, afterMs)) return { watch: undefined, stuck: undefined };
  const { now, connection, lastFetchAt } = facts;
  const isSame = before?.connection === connection && before?.lastFetchAt === lastFetchAt;
  const watch = { connection, lastFetchAt, since: isSame ? before.since : now };
  return { watch, stuck: now - watch.since > afterMs ? reasonOf(facts) : undefined };
}

function isExcused(facts: WorkerFacts, afterMs: number): boolean {
  const { connection, isRateLimited, isRefused, active, slots } = facts;
  if (connection === undefined || isRateLimited || isRefused || active >= slots) return true;
  // Another worker of the same queue may be what waits: believed only as long as a wait can take.
  return facts.isWaiting && facts.now - facts.lastFetchAt <= afterMs + facts.longestWaitMs;
}

function reasonOf({ now, lastFetchAt }: WorkerFacts): string {
  const forMs = now - lastFetchAt;
  return Number.isFinite(forMs)
    ? `has not fetched for ${Math.round(forMs / 1_000)} s although Redis is connected`
    : 'has never fetched although Redis is connected';
}
