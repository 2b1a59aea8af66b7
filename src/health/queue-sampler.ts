/**
 * Keeps the last statistics of this process's queues in memory, so that health answers never wait.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { QueueManager } from '../queues/queue-manager.ts';
import type { QueueStats } from '../queues/queue-stats.ts';
import type { Connection } from '../redis/connection.ts';

/** Statistics and when they were taken, epoch ms; `takenAt` is null before the first time. */
export interface QueueSample {
  readonly takenAt: number | null;
  readonly queues: readonly QueueStats[];
}

/** Takes and keeps samples. */
export class QueueSampler {
  readonly #queues: QueueManager;
  readonly #command: Connection;
  readonly #clock: Clock;
  #last: QueueSample = { takenAt: null, queues: [] };

  constructor(queues: QueueManager, command: Connection, clock: Clock = systemClock) {
    this.#queues = queues;
    this.#command = command;
    this.#clock = clock;
  }

  get last(): QueueSample {
    return this.#last;
  }

  /** Takes a sample. Does nothing while Redis is away: the last one stays, with its age. */
  async sample(): Promise<void> {
    if (!this.#command.isReady) return;
    const queues = await this.#queues.getAllQueueStats();
    this.#last = { takenAt: this.#clock.now(), queues };
  }
}
