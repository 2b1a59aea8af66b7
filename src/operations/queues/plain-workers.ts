/**
 * Counts the workers of plain BullMQ by the names of their connections: they send no heartbeat.
 *
 * The list of clients is long where there are many, so it is read over the bulk socket and is good for some seconds.
 */
import type { OutageGate } from '../../backend/outage-gate.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { CoordinatorError } from '../../errors.ts';
import { queueOfLabel } from '../../keys.ts';
import { type ClientLine, parseClientList } from '../../redis/client-list.ts';
import type { Hub } from '../../redis/hub.ts';

const FRESH_MS = 5_000;
/** What follows the name of a queue in the name of the connection of a worker that has a name of its own. */
const NAMED = ':w:';

/** Workers by the first part of their connection's name. */
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
          return countWorkers(parseClientList((await redis.client('LIST')) as string));
        } catch (error) {
          if (error instanceof CoordinatorError || !isRefusal(error)) throw error;
          return undefined;
        }
      }),
    );
  }
}

/** Workers by the part of their connections' names that stands for the queue. */
export function countWorkers(clients: readonly ClientLine[]): WorkerCounts {
  const counts = new Map<string, number>();
  for (const { name } of clients) {
    const at = name.indexOf(NAMED);
    const queue = at < 0 ? name : name.slice(0, at);
    if (queue !== '') counts.set(queue, (counts.get(queue) ?? 0) + 1);
  }
  return counts;
}

/** What connections of a queue's workers are named, as BullMQ does it. */
export function workerName(label: string): string {
  const { prefix, name } = queueOfLabel(label);
  return [prefix, Buffer.from(name).toString('base64')].join(':');
}

/** The user may not ask, or the service does not have the command. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(NOPERM|ERR)\b|unknown command/i.test(error.message);
}
