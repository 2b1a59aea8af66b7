/**
 * Whether this process does its work: for each of its queues it fetched, or is waiting for jobs, or has
 * all its slots busy. Pure.
 *
 * A worker that is connected and does not fetch is what BullMQ's `isRunning()` cannot tell from a healthy
 * one. Paused on purpose counts as doing its work.
 */
import { describeRefusal, type Refusal } from '../redis/refusals.ts';
import type { WorkerView } from '../workers/registration.ts';

/** What is judged. */
export interface ReadinessFacts {
  readonly phase: 'new' | 'started' | 'stopping';
  readonly isRedisConfigured: boolean;
  readonly workers: readonly WorkerView[];
  /** Queues whose processor could not be registered → why. */
  readonly rejected: ReadonlyMap<string, string>;
  /** What Redis refuses at the moment, although it is connected. */
  readonly refusal?: Refusal | undefined;
  /** Monotonic ms. */
  readonly now: number;
  readonly withinMs: number;
}

/** One queue of this process. */
export interface QueueReadiness {
  readonly queue: string;
  readonly ready: boolean;
  readonly reason: string;
  /** How often its worker was replaced because it did not fetch; absent when never. */
  readonly rebuilds?: number;
}

/** The verdict, with a reason per queue. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason: string;
  readonly queues: readonly QueueReadiness[];
}

/** Judges readiness. */
export function judgeReadiness(facts: ReadinessFacts): Readiness {
  if (facts.phase === 'new') return { ready: false, reason: 'not started yet', queues: [] };
  if (facts.phase === 'stopping') return { ready: false, reason: 'stopping', queues: [] };
  if (!facts.isRedisConfigured)
    return { ready: true, reason: 'Redis is not configured: queues are disabled', queues: [] };
  const queues = [
    ...facts.workers.map((worker) => ({
      ...judgeWorker(worker, facts),
      ...(worker.rebuilds > 0 && { rebuilds: worker.rebuilds }),
    })),
    ...[...facts.rejected].map(([queue, reason]) => ({ queue, ready: false, reason })),
  ];
  const failing = queues.filter(({ ready }) => !ready);
  if (queues.length === 0) return { ready: true, reason: 'this process works on no queue', queues };
  const { refusal } = facts;
  const why = refusal ? `; ${describeRefusal(refusal.reason)}` : '';
  if (failing.length === 0)
    return { ready: true, reason: `every queue is being worked on${why}`, queues };
  const names = failing.map(({ queue }) => queue).join(', ');
  return { ready: false, reason: `not working on: ${names}${why}`, queues };
}

function judgeWorker(worker: WorkerView, facts: ReadinessFacts): QueueReadiness {
  const { queue } = worker;
  if (worker.isQuiet)
    return { queue, ready: true, reason: 'quiet: it was told to take no new jobs' };
  if (worker.isPaused) return { queue, ready: true, reason: 'paused' };
  if (worker.slots === 0)
    return { queue, ready: true, reason: 'quiet: its pool has no slots here' };
  if (worker.isWaiting) return { queue, ready: true, reason: 'waiting for jobs' };
  if (worker.active >= worker.slots) return { queue, ready: true, reason: 'all slots busy' };
  const sinceFetchMs = facts.now - worker.lastFetchAt;
  if (sinceFetchMs <= facts.withinMs) return { queue, ready: true, reason: 'fetching' };
  const reason = Number.isFinite(sinceFetchMs)
    ? `has not fetched for ${Math.round(sinceFetchMs / 1_000)} s`
    : 'has not fetched yet';
  return { queue, ready: false, reason };
}
