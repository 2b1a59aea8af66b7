/**
 * One look at a queue, for the decider: counts and ages of one packet, and sizes.
 *
 * Where Redis does not tell what keys take, nothing is known of bytes, and nothing goes for them.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { keyPrefixOf } from '../queues/key-prefix.ts';
import type { RetentionPolicy } from '../queues/retention-options.ts';
import { toMs } from './busy-time.ts';
import { addUp } from './estimate.ts';
import { Measure, STREAM_NODES } from './measure.ts';
import { sampleQueue } from './memory-sample.ts';
import type { MemoryPart } from './memory-view.ts';
import { EVER, FINISHED, type FinishedState, type QueueLook, type StateLook } from './policy.ts';

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
const NEVER = -1;

/** How it is looked. */
export interface LookTerms {
  readonly policy: RetentionPolicy;
  /** How many at the old end of each state say that they stay. */
  readonly staying: Readonly<Record<FinishedState, number>>;
  /** Failed jobs that ended later stay; null when all do. */
  readonly failedUntil: number | null;
}

/** Looks. */
export async function lookAt(
  redis: Redis,
  keys: Keys,
  label: string,
  { policy, staying, failedUntil }: LookTerms,
): Promise<Look> {
  const prefix = keyPrefixOf(label);
  const pipeline = redis.pipeline().time().xlen(`${prefix}events`).pttl(`${prefix}limiter`);
  for (const state of FINISHED) {
    const [first, last] = [staying[state], staying[state] + OLDEST - 1];
    pipeline.zcard(prefix + state).zrange(prefix + state, `${first}`, `${last}`, 'WITHSCORES');
    pipeline.zrange(prefix + state, '-1', '-1', 'WITHSCORES');
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  const [time, events, limiterMs, ...rest] = replies.map(([, reply]) => reply);
  const measure = new Measure(redis);
  const [eventBytes] = await measure.bytesOf([`${prefix}events`], STREAM_NODES);
  const isBytesKnown = policy.maxBytes !== undefined && !measure.isRefused;
  const parts = isBytesKnown ? await sampleQueue(redis, keys, label, Math.random) : [];
  const states = FINISHED.map((state, i): [FinishedState, StateLook] => {
    const [count, oldest] = rest.slice(3 * i) as [number, Scored];
    const oldestAt = oldest[1] === undefined ? null : Number(oldest[1]);
    const until = state === 'failed' ? (failedUntil ?? NEVER) : EVER;
    const jobBytes = bytesOfOne(parts.find(({ kind }) => kind === state));
    const look = { count, staying: Math.min(staying[state], count), oldestAt, until, jobBytes };
    return [state, look];
  });
  const oldestOf = (i: number): string[] =>
    (rest[3 * i + 1] as Scored).filter((_, at) => at % 2 === 0);
  const newest = (i: number): number => Number((rest[3 * i + 2] as Scored)[1] ?? 0);
  return {
    queue: {
      ...(Object.fromEntries(states) as Record<FinishedState, StateLook>),
      now: toMs(time),
      used: toUsed(parts),
      events: { count: events as number, bytes: eventBytes ?? 0 },
    },
    oldest: { completed: oldestOf(0), failed: oldestOf(1) },
    newestAt: { completed: newest(0), failed: newest(1) },
    isLimiterEndless: limiterMs === NO_TTL,
  };
}

function toUsed(parts: readonly MemoryPart[]): QueueLook['used'] {
  if (parts.length === 0) return null;
  return addUp(
    parts.map(({ bytes, standardErrorBytes, sampled, count }) => ({
      ...{ bytes: bytes ?? 0, standardErrorBytes, sampled, of: count },
    })),
  );
}

function bytesOfOne(part: MemoryPart | undefined): number {
  return part?.bytes && part.count > 0 ? part.bytes / part.count : 0;
}
