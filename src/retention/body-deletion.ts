/**
 * Deletes bodies from their stores, some at a time, as long as this process leads.
 *
 * Redis is asked who leads right before each batch: a leader that slept on its list must not act on it. A body is
 * forgotten after it is deleted; killed in between, the next round forgets it.
 */
import type { Redis } from 'ioredis';
import type { Clock } from '../base/clock.ts';
import { abortable, withDeadline } from '../base/wait.ts';
import type { BodyStore } from '../config/body-store.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Lease } from '../redis/lease.ts';
import type { Candidate } from './candidates.ts';
import { forgetUnused, toMember } from './unused-bodies.ts';

const BATCH = 500;
/** Longest time of one batch. */
const BATCH_MS = 60_000;

/** What deleting needs. */
export interface DeletionOptions {
  readonly redis: Redis;
  readonly stores: readonly BodyStore[];
  readonly keys: Keys;
  readonly lease: Pick<Lease, 'name'>;
  readonly epoch: number;
  readonly announce: Announce;
  /** Throws when the round must end. */
  readonly goOn: () => void;
  /** Ends a batch that is under way. */
  readonly signal: AbortSignal;
  readonly onDeleted: (some: readonly Candidate[]) => void;
  readonly clock: Clock;
}

/** Deletes them. A store that fails keeps no other from being swept; its error is thrown in the end. */
export async function deleteBodies(
  bodies: readonly Candidate[],
  options: DeletionOptions,
): Promise<void> {
  const problems: unknown[] = [];
  for (const store of options.stores) {
    const own = bodies.filter((body) => body.store === store.name);
    for (const [queue, some] of byQueue(own)) {
      const swept = { store: store.name, queue, bodies: 0, bytes: 0 };
      try {
        for (let start = 0; start < some.length; start += BATCH) {
          const batch = some.slice(start, start + BATCH);
          await deleteBatch(store, batch, options);
          swept.bodies += batch.length;
          swept.bytes += batch.reduce((sum, { bytes }) => sum + bytes, 0);
        }
      } catch (error) {
        problems.push(error);
      }
      if (swept.bodies > 0) options.announce('bodies.swept', swept);
    }
  }
  if (problems.length > 0) throw problems[0];
}

async function deleteBatch(
  store: BodyStore,
  batch: readonly Candidate[],
  { redis, keys, lease, epoch, goOn, signal, onDeleted, clock }: DeletionOptions,
): Promise<void> {
  goOn();
  if (Number(await redis.get(keys.leaseEpoch(lease.name))) !== epoch)
    throw new Error('another process leads now');
  const ending = new AbortController();
  try {
    const deleted = store.delete(batch, ending.signal);
    const turn = await withDeadline(abortable(deleted, signal), BATCH_MS, clock);
    if (!turn.settled) throw new Error('it did not answer in time');
  } catch (cause) {
    ending.abort(cause);
    const message = `the store "${store.name}" does not delete: ${messageOf(cause)}`;
    throw new CoordinatorError('BODY_STORE_UNAVAILABLE', message, { cause });
  }
  onDeleted(batch);
  await forgetUnused(redis, keys, batch.map(toMember));
}

function byQueue(bodies: readonly Candidate[]): Map<string, Candidate[]> {
  const queues = new Map<string, Candidate[]>();
  for (const body of bodies) {
    const own = queues.get(body.queue);
    if (own) own.push(body);
    else queues.set(body.queue, [body]);
  }
  return queues;
}
