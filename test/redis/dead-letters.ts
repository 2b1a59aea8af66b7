/**
 * Dead letters for tests: where they are kept, how to read one, and how to make one.
 */
import type { Coordinator, CoordinatorOptions } from 'drover';
import type { Redis } from 'ioredis';
import { type DeadLetter, parseDeadLetter } from '../../src/dead-letters/dead-letter.ts';
import { createKeys, type Keys, queueLabel } from '../../src/keys.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { until } from '../support/until.ts';

/** Drover's keys under the usual prefix. */
export const keys: Keys = createKeys('coordinator');
/** How long and how many, unless a test says otherwise. */
export const KEEP: { readonly keepMs: number; readonly keepCount: number } = {
  keepMs: 30 * 24 * 3_600_000,
  keepCount: 10_000,
};

/** The dead letter of a job, if it has one. */
export async function letterOf(
  redis: Redis,
  queue: string,
  jobId: string,
): Promise<DeadLetter | undefined> {
  return parseDeadLetter(queue, jobId, await redis.hgetall(keys.deadLetter(queue, jobId)));
}

/** Runs one job in a queue of that name and returns its dead letter. */
export async function deadLetterOf(
  server: { url: string },
  queueName: string,
  processor: (attempt: number) => unknown,
  opts: object = {},
  options: CoordinatorOptions = {},
): Promise<{ letter: DeadLetter; redis: Redis; coordinator: Coordinator; jobId: string }> {
  const coordinator = await startCoordinator(server, options);
  const redis = createClient(server);
  coordinator.process(queueName, async (job) => processor(job.attemptsMade + 1));
  const queue = coordinator.queue(queueName);
  const label = queueLabel(options.prefix ?? 'bull', queueName);
  const { id } = await queue.add('resize', { photo: 'a.jpg' }, { attempts: 1, ...opts });
  const letter = await until(() => letterOf(redis, label, id!));
  return { letter, redis, coordinator, jobId: id! };
}

/** A processor that throws just this. */
export function fail(error: unknown): () => never {
  return () => {
    throw error;
  };
}
