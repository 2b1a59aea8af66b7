/**
 * Makes the queues of restored data ready for the world, which has gone on since: paused, and with ids that nobody got.
 *
 * Pausing is BullMQ's own. The counter of ids is raised, because jobs that were added after the snapshot have ids above
 * it: a new job with such an id would be taken for the old one by whoever remembers it. It is for a scratch server only.
 */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../../base/clock.ts';
import { queueOfLabel } from '../../keys.ts';
import { keyPrefixOf } from '../../queues/key-prefix.ts';

/**
 * How far ids are raised: further than a queue can have come since the snapshot, at 10,000 jobs a second all the time.
 *
 * @param ageMs since the snapshot; a clock that was set back counts as no time
 */
export function idMargin(ageMs: number): number {
  return 1_000_000 + 10 * Math.max(0, Math.ceil(ageMs));
}

/** What is worth to know of a restored queue before it goes on. */
export interface PreparedQueue {
  /** Its label. */
  readonly queue: string;
  /** Already paused when the backup was made: it was meant to be. */
  readonly wasPaused: boolean;
  /** They were running then and run again. */
  readonly active: number;
  /** Delayed ones whose time has come since: they run as soon as the queue goes on. */
  readonly overdue: number;
}

/** Pauses them and raises their ids. @param snapshotAt epoch ms, when the data was like this */
export async function prepareQueues(
  client: Redis,
  labels: readonly string[],
  snapshotAt: number,
  clock: Clock = systemClock,
): Promise<PreparedQueue[]> {
  const now = clock.now();
  const prepared: PreparedQueue[] = [];
  for (const label of labels)
    prepared.push(await prepare(client, label, now, idMargin(now - snapshotAt)));
  return prepared;
}

async function prepare(
  client: Redis,
  label: string,
  now: number,
  margin: number,
): Promise<PreparedQueue> {
  const { name, prefix } = queueOfLabel(label);
  const queue = new Queue(name, { connection: client, prefix, skipMetasUpdate: true });
  const key = keyPrefixOf(label);
  try {
    const wasPaused = await queue.isPaused();
    await queue.pause();
    const active = await client.llen(`${key}active`);
    // BullMQ keeps the time in the upper bits of the score.
    const overdue = await client.zcount(`${key}delayed`, '-inf', (now + 1) * 0x1000 - 1);
    await client.incrby(`${key}id`, margin);
    return { queue: label, wasPaused, active, overdue };
  } finally {
    await queue.close();
  }
}
