/**
 * One look at a queue, for the decider: counts, ages and sizes, all of one packet.
 */
import type { Redis } from 'ioredis';
import type { RetentionPolicy } from '../queues/retention-options.ts';
import { toMs } from './busy-time.ts';
import { FINISHED, type FinishedState, type QueueLook, type StateLook } from './policy.ts';
import { EVENT_SAMPLES, sampleBytes } from './sample-bytes.ts';

/** What was found. */
export interface Look {
  readonly queue: QueueLook;
  /** Ids of some of the oldest. */
  readonly oldest: Readonly<Record<FinishedState, readonly string[]>>;
  /** When the newest of each state ended, epoch ms: may be in the future. */
  readonly newestAt: Readonly<Record<FinishedState, number>>;
  /** Whether the queue's rate-limit counter has no end. */
  readonly isLimiterEndless: boolean;
}

type Scored = readonly string[];
/** Of the oldest jobs, for what a removal frees. */
const OLDEST = 5;
const NO_TTL = -1;

/** Looks. `staying`: how many at the old end of each state say that they stay. */
export async function lookAt(
  redis: Redis,
  prefix: string,
  policy: RetentionPolicy,
  staying: Readonly<Record<FinishedState, number>>,
): Promise<Look> {
  const pipeline = redis.pipeline().time().xlen(`${prefix}events`).pttl(`${prefix}limiter`);
  pipeline.memory('USAGE', `${prefix}events`, 'SAMPLES', EVENT_SAMPLES);
  for (const state of FINISHED) {
    const [first, last] = [staying[state], staying[state] + OLDEST - 1];
    pipeline.zcard(prefix + state).zrange(prefix + state, `${first}`, `${last}`, 'WITHSCORES');
    pipeline.zrange(prefix + state, '-1', '-1', 'WITHSCORES');
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  const [time, events, limiterMs, eventBytes, ...rest] = replies.map(([, reply]) => reply);
  const bytes = policy.maxBytes === undefined ? undefined : await sampleBytes(redis, prefix);
  const states = FINISHED.map((state, i): [FinishedState, StateLook] => {
    const [count, oldest] = rest.slice(3 * i) as [number, Scored];
    const oldestAt = oldest[1] === undefined ? null : Number(oldest[1]);
    const jobBytes = bytes?.jobBytes[state] ?? 0;
    return [state, { count, staying: Math.min(staying[state], count), oldestAt, jobBytes }];
  });
  const oldestOf = (i: number): string[] =>
    (rest[3 * i + 1] as Scored).filter((_, at) => at % 2 === 0);
  const newest = (i: number): number => Number((rest[3 * i + 2] as Scored)[1] ?? 0);
  return {
    queue: {
      ...(Object.fromEntries(states) as Record<FinishedState, StateLook>),
      now: toMs(time),
      usedBytes: bytes?.usedBytes ?? null,
      events: { count: events as number, bytes: (eventBytes as number | null) ?? 0 },
    },
    oldest: { completed: oldestOf(0), failed: oldestOf(1) },
    newestAt: { completed: newest(0), failed: newest(1) },
    isLimiterEndless: limiterMs === NO_TTL,
  };
}
