/**
 * Judges every queue and keeps the verdicts in Redis, where all processes read the same. The leader's work.
 *
 * Since when a status has been the same is read back before it is written, so a new leader goes on where the
 * last one stopped and announces nothing twice. All verdicts of a slice are written in one transaction, so a
 * process that is killed in between leaves none by halves. Of two leaders in a moment of handover the last one
 * wins: both judge by the same facts. A verdict that nobody renews is gone after five minutes.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { HEALTH_TTL_MS, parseHealthHash, type QueueHealth, toHealthHash } from './health-hash.ts';
import { parsePromises, saysAnything } from './health-promises.ts';
import { judgeQueue } from './queue-health.ts';
import type { QueueSignals } from './queue-signals.ts';
import type { QueueVerdict } from './queue-verdict.ts';

const QUEUES_PER_TRANSACTION = 100;

/** What a writer needs. */
export interface HealthWriterOptions {
  readonly command: Connection;
  readonly keys: Keys;
  readonly announce: Announce;
  /** What every queue of the fleet is judged by. */
  readonly signals: () => Promise<readonly QueueSignals[]>;
  readonly clock?: Clock;
}

/** Judges and writes. */
export class HealthWriter {
  readonly #options: HealthWriterOptions;
  readonly #clock: Clock;

  constructor(options: HealthWriterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** One round. Returns the verdicts; none while Redis is away, since verdicts by old facts would look new. */
  async round(): Promise<QueueVerdict[]> {
    const { command, signals } = this.#options;
    if (!command.isReady) return [];
    const queues = await signals();
    const verdicts: QueueVerdict[] = [];
    for (let start = 0; start < queues.length; start += QUEUES_PER_TRANSACTION)
      verdicts.push(...(await this.#judge(queues.slice(start, start + QUEUES_PER_TRANSACTION))));
    return verdicts;
  }

  async #judge(queues: readonly QueueSignals[]): Promise<QueueVerdict[]> {
    const { keys, command } = this.#options;
    const redis = await command.raw();
    const reading = redis.pipeline();
    for (const { queue } of queues) reading.hgetall(keys.health(queue));
    const hashes = (await reading.exec()) ?? [];
    const checkedAt = this.#clock.now();
    const judged = queues.map((signals, i) => {
      const [error, hash] = hashes[i] as [Error | null, Record<string, string>];
      if (error) throw error;
      const verdict = judgeQueue(withPromises(signals, hash.promises, checkedAt));
      const before = parseHealthHash(hash);
      const isSame = before?.status === verdict.status;
      return { verdict, before, since: isSame ? before.since : checkedAt, trend: signals.trend };
    });
    const writing = redis.multi();
    for (const { verdict, since, trend } of judged) {
      const key = keys.health(verdict.queue);
      const { fields, absent } = toHealthHash(verdict, checkedAt, since, trend);
      if (absent.length > 0) writing.hdel(key, ...absent);
      writing.hset(key, fields);
      writing.pexpire(key, HEALTH_TTL_MS);
    }
    for (const [error] of (await writing.exec()) ?? []) if (error) throw error;
    for (const { verdict, before } of judged) this.#announceChange(verdict, before);
    return judged.map(({ verdict }) => verdict);
  }

  #announceChange({ queue, status, reasons }: QueueVerdict, before: QueueHealth | null): void {
    const from = before?.status ?? null;
    // A queue that is seen for the first time and is well is no news.
    if (from === status || (from === null && status === 'healthy')) return;
    this.#options.announce('queue.health-changed', { queue, from, to: status, reasons });
  }
}

/** What was promised of a queue that this process does not define, as its own processes have left it. */
function withPromises(signals: QueueSignals, kept: string | undefined, now: number): QueueSignals {
  return saysAnything(signals) ? signals : { ...signals, ...parsePromises(kept, now) };
}
