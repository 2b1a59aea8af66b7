/**
 * Keeps the last statistics and verdicts of this process's queues in memory, so that health answers never wait.
 *
 * Verdicts are read, not made: the leader judges, and every process shows the same.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import type { QueueManager } from '../queues/queue-manager.ts';
import type { QueueStats } from '../queues/queue-stats.ts';
import type { Connection } from '../redis/connection.ts';
import { type HealthPromises, promisesOf } from './health-promises.ts';
import { keepPromises, type ReadHealth, readHealth } from './health-reader.ts';

/** Statistics and when they were taken, epoch ms; `takenAt` is null before the first time. */
export interface QueueSample {
  readonly takenAt: number | null;
  readonly queues: readonly QueueStats[];
  /** Label of a queue → its verdict; empty when verdicts may not be read. */
  readonly health: ReadonlyMap<string, ReadHealth>;
}

/** Takes and keeps samples. */
export class QueueSampler {
  readonly #queues: QueueManager;
  readonly #command: Connection;
  readonly #keys: Keys;
  readonly #clock: Clock;
  #last: QueueSample = { takenAt: null, queues: [], health: new Map() };

  constructor(options: {
    queues: QueueManager;
    command: Connection;
    keys: Keys;
    clock?: Clock;
  }) {
    this.#queues = options.queues;
    this.#command = options.command;
    this.#keys = options.keys;
    this.#clock = options.clock ?? systemClock;
  }

  get last(): QueueSample {
    return this.#last;
  }

  /** Takes a sample. Does nothing while Redis is away: the last one stays, with its age. */
  async sample(): Promise<void> {
    if (!this.#command.isReady) return;
    const redis = await this.#command.raw();
    // Both are sent before either is answered: one round trip.
    const [queues, health] = await Promise.all([
      this.#queues.getAllQueueStats(),
      this.#readHealth(redis),
    ]);
    this.#last = { takenAt: this.#clock.now(), queues, health };
  }

  /** Who may not read verdicts, or not leave promises, has its statistics all the same. */
  async #readHealth(redis: Redis): Promise<ReadonlyMap<string, ReadHealth>> {
    const promises = new Map<string, HealthPromises>();
    const labels = [...this.#queues.definitions].map(([label, definition]) => {
      const promise = promisesOf(definition);
      if (promise) promises.set(label, promise);
      return label;
    });
    const read = await readHealth(redis, this.#keys, labels).catch(() => new Map());
    await keepPromises(redis, this.#keys, promises, read, this.#clock.now()).catch(() => {});
    return read;
  }
}
