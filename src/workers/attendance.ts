/**
 * This process as one of the fleet: says that it lives, and keeps to what it is told.
 *
 *   heartbeat → flag → quiet or not            every ten seconds, and as soon as Redis is there again
 *   order     → cancel a job, or look at the flag at once
 *
 * The flag in Redis is what counts: an order only rings. So a process that was away does what it was told meanwhile,
 * and one whose Redis has lost everything takes jobs again. A process without workers, and one that changes nothing,
 * listens to no orders.
 */
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import { Heartbeat, type HeartbeatOptions } from './heartbeat.ts';
import { addAnswer, type Order, type OrderOutcome } from './order.ts';
import { OrderListener } from './order-listener.ts';
import { parseFlag } from './worker-flag.ts';
import type { WorkerManager } from './worker-manager.ts';

/** What it needs. */
export interface AttendanceOptions extends Omit<HeartbeatOptions, 'connection'> {
  readonly hub: Pick<Hub, 'command' | 'listening'>;
  readonly keys: Keys;
  readonly workers: WorkerManager;
  readonly announce: Announce;
  /** Whether this process changes nothing in Redis: then nobody hears of it. */
  readonly isReadOnly: boolean;
}

/** Heartbeat and obedience of one coordinator. */
export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #heartbeat: Heartbeat;
  readonly #listener: OrderListener;
  #last: Promise<void> = Promise.resolve();
  #hasLeft = false;

  constructor(options: AttendanceOptions) {
    const { hub, keys } = options;
    this.#options = options;
    this.#heartbeat = new Heartbeat({ ...options, connection: hub.command });
    this.#listener = new OrderListener({
      ...{ hub, keys },
      onOrder: (id, order) => void this.#obey(id, order).catch(() => {}), // Who asked gets no answer.
    });
  }

  /** Name of this process in Redis, once it is known that no other coordinator has it. */
  get id(): string | undefined {
    return this.#heartbeat.id;
  }

  /** Says that it lives, and does what its flag says. One after another: the newest flag is the one that counts. */
  round(): Promise<void> {
    const round = this.#last.then(() => this.#round());
    this.#last = round.catch(() => {});
    return round;
  }

  /** Nothing is obeyed and nothing is said any more. Best effort: the heartbeat runs out by itself. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.#listener.stop();
    await this.#heartbeat.remove();
  }

  async #round(): Promise<void> {
    const { workers, isReadOnly } = this.#options;
    if (isReadOnly || this.#hasLeft) return;
    if (workers.workers.length > 0) this.#listener.start();
    const beat = await this.#heartbeat.beat();
    if (!beat) return;
    const flag = parseFlag(beat.flag, this.#heartbeat.token);
    const isQuiet = flag?.quiet ?? false;
    if (isQuiet === workers.isQuiet || this.#hasLeft) return;
    workers.isQuiet = isQuiet;
    const { announce } = this.#options;
    if (flag && isQuiet) announce('workers.quieted', { by: flag.by, reason: flag.reason });
    else announce('workers.resumed', {});
    await this.#heartbeat.beat(); // Says it.
  }

  async #obey(id: string, order: Order): Promise<void> {
    if (this.#hasLeft || this.id === undefined) return;
    if (order.kind === 'flag' && order.worker === this.id) {
      await this.round();
      await this.#answer(id, 'done');
    } else if (order.kind === 'cancel') {
      const { queue, job, run, by, reason } = order;
      const { workers } = this.#options;
      if (!Object.hasOwn(workers.heartbeat, queue)) return;
      const why = `cancelled by ${by}${reason === null ? '' : `: ${reason}`}`;
      const isHere = workers.cancel(queue, job, run, new CoordinatorError('JOB_CANCELLED', why));
      await this.#answer(id, isHere ? 'cancelled' : 'not-here');
    }
  }

  async #answer(to: string, outcome: OrderOutcome): Promise<void> {
    const { hub, keys } = this.#options;
    const pipeline = (await hub.command.raw()).pipeline();
    addAnswer(pipeline, keys, to, { worker: this.id ?? '', outcome });
    await pipeline.exec();
  }
}
