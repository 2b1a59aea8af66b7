/**
 * Adds of a queue whose policy is `spool`: straight to Redis while it answers, else onto the local disk.
 *
 * Every add carries a number of its lane, so one whose answer was lost goes onto the disk and is sent again
 * without harm. While adds of the queue lie there, new ones join them: the order is kept. Ids are made here,
 * since Redis may not be there to count them.
 */
import { randomUUID } from 'node:crypto';
import type { JobJson, RedisQueueBackend } from 'bullmq';
import { systemClock } from '../base/clock.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import { queueLabel } from '../keys.ts';
import type { Perhaps } from '../payloads/payload-codec.ts';
import { refusalOf } from '../redis/connection-lost.ts';
import type { AddKind } from '../spool/accepted-add.ts';
import type { Lane } from '../spool/lane.ts';
import type { AddArguments, Adds } from './adds.ts';
import type { BackendContext } from './backend-context.ts';
import { isLargeBatch, slicesOf } from './large-adds.ts';
import { within } from './offloading.ts';
import { changeArguments, offload, selfContained } from './packed-arguments.ts';
import { isStoreDown } from './payload-failures.ts';
import { fewAtOnce } from './put-away.ts';
import { SPOOL_GAP, withReceipts } from './receipts.ts';
import { type AddTarget, runAdd } from './run-add.ts';

/** Jobs that go to Redis in one pipeline. */
const SLICE = 50;
/** The lane of flows, which belong to no single queue; no queue's name holds a colon. */
const FLOWS = ':flows';

type Sent = { outcome: 'done'; answer: unknown } | { outcome: 'unsent' } | { outcome: 'unknown' };
const UNSENT: Sent = { outcome: 'unsent' };
const UNKNOWN: Sent = { outcome: 'unknown' };

/** Adds that a kill of Redis or of this process does not lose. */
export class SpooledAdds implements Adds {
  readonly #context: BackendContext;
  readonly #target: AddTarget;
  readonly #label: string;
  readonly #backend: RedisQueueBackend;

  /** @param backend BullMQ's own backend of the queue */
  constructor(context: BackendContext, target: AddTarget, backend: RedisQueueBackend) {
    this.#context = context;
    this.#target = target;
    this.#label = queueLabel(target.prefix, target.queue);
    this.#backend = backend;
  }

  async addJob(...[job, jobId, parent = {}]: AddArguments<'addJob'>): Promise<string> {
    const id = jobId || randomUUID();
    return await this.#accept('addJob', [job, id, parent], 1, id);
  }

  async addJobs(...[entries]: AddArguments<'addJobs'>): Promise<string[]> {
    const ids: string[] = [];
    for (const slice of slicesOf(entries, SLICE)) {
      const named = slice.map((entry) => ({ ...entry, jobId: entry.jobId || randomUUID() }));
      const own = named.map(({ jobId }) => jobId);
      ids.push(...(await this.#accept('addJobs', [named], named.length, own)));
    }
    return ids;
  }

  addFlow(...[entries]: AddArguments<'addFlow'>): ReturnType<Adds['addFlow']> {
    const answer: Awaited<ReturnType<Adds['addFlow']>> = entries.map(({ jobId }) => [null, jobId]);
    return this.#accept('addFlow', [entries], entries.length, answer);
  }

  addJobScheduler(...args: AddArguments<'addJobScheduler'>): Promise<[string, number]> {
    const [id, nextMillis] = args;
    const delayMs = Math.max(0, nextMillis - systemClock.now());
    // The id that BullMQ gives to the next job of a scheduler.
    return this.#accept('addJobScheduler', args, 1, [`repeat:${id}:${nextMillis}`, delayMs]);
  }

  /** @param answer what is answered when it lies on the disk */
  async #accept<T>(kind: AddKind, args: readonly unknown[], count: number, answer: T): Promise<T> {
    const { spool } = this.#context;
    const { prefix, queue } = this.#target;
    const lane = spool.lane(queue === '' ? FLOWS : this.#label);
    if (!spool.isKnown) await spool.whenKnown();
    const first = lane.begin(count);
    let isUsed = true;
    try {
      const sent = await this.#send(lane, first, kind, args);
      if (sent.outcome === 'done') return sent.answer as T;
      isUsed = sent === UNKNOWN;
      const at = systemClock.now();
      const kept = await this.#selfContained(kind, args);
      await spool
        .store(lane, { first, count, at, prefix, queue, kind, args: kept })
        .catch((error) => {
          throw sent === UNKNOWN ? toUnknown(error) : error;
        });
      isUsed = true;
      return answer;
    } finally {
      lane.end(first);
      // A number that Redis may have seen must not be used for another add.
      if (!isUsed) lane.giveBack(first, count);
      if (!lane.isEmpty) spool.wake(); // What waits behind it may be sent now.
    }
  }

  /**
   * Tries Redis, for as long as an add may take, if it is there and nothing waits. Rejects only with what
   * repeating cannot mend.
   */
  async #send(lane: Lane, first: number, kind: AddKind, args: readonly unknown[]): Promise<Sent> {
    const { hub, gate, keys, spool } = this.#context;
    const key = keys.spool(lane.id);
    const canSend = (): boolean => hub.command.isReady && spool.isEmptyFor(lane.queue);
    if (!canSend()) return UNSENT;
    try {
      // Side by side, while the adds before it are being sent; each is sent in its turn.
      const offloaded = this.#offload(kind, args);
      if (offloaded instanceof Promise) offloaded.catch(() => {}); // It is awaited in its turn.
      return await lane.inTurn(async (written) => {
        const stored = offloaded instanceof Promise ? await offloaded : offloaded;
        if (!stored || isLarge(kind, stored) || !canSend()) return UNSENT;
        const answer = await gate.run(hub.command, 'fail', 'unknown', () => {
          const client = withReceipts(hub.command.readyClient!, key, first, written);
          return runAdd(this.#target, this.#backend, client, kind, stored);
        });
        return { outcome: 'done', answer };
      });
    } catch (error) {
      if (isWorthKeeping(error)) return UNKNOWN;
      throw error;
    }
  }

  /** The arguments as they are kept: what was packed with the help of what is in Redis may find another Redis later. */
  async #selfContained(kind: AddKind, args: readonly unknown[]): Promise<readonly unknown[]> {
    try {
      return await changeArguments(
        ...([this.#context.payloads, this.#target, kind, args, selfContained] as const),
      );
    } catch {
      return args; // Kept as it is, it may be read later; not kept, it is lost.
    }
  }

  /**
   * The arguments with what is large put away; undefined when its store does not take it in time: then the add is kept
   * on the disk as it was packed.
   */
  #offload(kind: AddKind, args: readonly unknown[]): Perhaps<readonly unknown[] | undefined> {
    const { payloads, gate } = this.#context;
    if (kind !== 'addFlow' && payloads.of(this.#label).isPlain) return args;
    const toNothing = (error: unknown): undefined => {
      if (!isStoreDown(error)) throw error;
    };
    try {
      const stored = changeArguments(payloads, this.#target, kind, args, fewAtOnce(offload));
      return stored instanceof Promise ? within(stored, gate.timeoutMs).catch(toNothing) : stored;
    } catch (error) {
      return toNothing(error);
    }
  }
}

/** Whether it goes onto the disk in any case: from there it is sent over the bulk socket. */
function isLarge(kind: AddKind, args: readonly unknown[]): boolean {
  const [added] = args as unknown as AddArguments<'addJob' | 'addJobs'>;
  if (kind === 'addJob') return isLargeBatch([{ job: added as JobJson }]);
  return kind === 'addJobs' && isLargeBatch(added as AddArguments<'addJobs'>[0]);
}

/** Whether the same add can succeed when it is sent again later. */
function isWorthKeeping(error: unknown): boolean {
  if (error instanceof CoordinatorError)
    return error.code === 'QUEUE_UNAVAILABLE' || error.code === 'OUTCOME_UNKNOWN';
  if (refusalOf(error)) return true;
  return error instanceof Error && error.message.includes(SPOOL_GAP);
}

/** Neither kept nor known to be refused: Redis may have made it. */
function toUnknown(cause: unknown): CoordinatorError {
  return new CoordinatorError(
    'OUTCOME_UNKNOWN',
    `Sent to Redis, which did not answer, and it could not be kept on the disk: it may have been carried out (${messageOf(cause)})`,
    { cause },
  );
}
