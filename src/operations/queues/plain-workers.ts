/**
 * Counts the workers of plain BullMQ by the names of their connections: they send no heartbeat.
 *
 * The list of clients is long where there are many, so it is read over the bulk socket and is good for some seconds.
 */
import type { OutageGate } from '../../backend/outage-gate.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { CoordinatorError } from '../../errors.ts';
import { countBullWorkers } from '../../queues/bull-connection.ts';
import { parseClientList } from '../../redis/client-list.ts';
import type { Hub } from '../../redis/hub.ts';

const FRESH_MS = 5_000;

/** Workers by label of their queue. */
export type WorkerCounts = ReadonlyMap<string, number>;

/** Counts workers. */
export class PlainWorkers {
  readonly #hub: Pick<Hub, 'onBulk'>;
  readonly #gate: OutageGate;
  readonly #clock: Clock;
  #counts: Promise<WorkerCounts | undefined> | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(hub: Pick<Hub, 'onBulk'>, gate: OutageGate, clock: Clock = systemClock) {
    this.#hub = hub;
    this.#gate = gate;
    this.#clock = clock;
  }

  /** Undefined where the server does not tell. Rejects with QUEUE_UNAVAILABLE. */
  counts(): Promise<WorkerCounts | undefined> {
    const now = this.#clock.monotonic();
    if (!this.#counts || now - this.#countedAt > FRESH_MS) {
      this.#countedAt = now;
      const counts = this.#count();
      this.#counts = counts;
      counts.catch(() => {
        if (this.#counts === counts) this.#counts = undefined;
      });
    }
    return this.#counts;
  }

  #count(): Promise<WorkerCounts | undefined> {
    return this.#hub.onBulk((bulk) =>
      this.#gate.run(bulk, 'fail', 'repeat', async () => {
        const redis = await bulk.raw();
        try {
          return countBullWorkers(parseClientList((await redis.client('LIST')) as string));
        } catch (error) {
          if (error instanceof CoordinatorError || !isRefusal(error)) throw error;
          return undefined;
        }
      }),
    );
  }
}

/** The user may not ask, or the service does not have the command. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(NOPERM|ERR)\b|unknown command/i.test(error.message);
}
