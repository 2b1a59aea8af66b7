/**
 * Bounds what a caller waits for while Redis is away, silent or refusing.
 *
 * With `fail`, everything ends within `addTimeoutMs`: QUEUE_UNAVAILABLE when it certainly was not carried
 * out, OUTCOME_UNKNOWN when it was sent and no answer came. A call that has timed out is never sent
 * afterwards. With `wait`, it waits for Redis as BullMQ does, and still never sends anything twice.
 */
import { ConnectionClosedError } from 'bullmq';
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Deadlines } from '../base/deadlines.ts';
import { sleep } from '../base/wait.ts';
import type { WhenDown } from '../config/options.ts';
import { CoordinatorError } from '../errors.ts';
import type { Connection } from '../redis/connection.ts';
import { refusalOf, toConnectionLost } from '../redis/connection-lost.ts';
import type { Hub } from '../redis/hub.ts';

const REFUSED_BACKOFF = { minDelayMs: 50, maxDelayMs: 500 };

/** How a call may be treated when its connection was lost after it was sent. */
export type WhenLost = 'repeat' | 'unknown';

interface Call {
  state: 'waiting' | 'sent' | 'expired';
  /** Why it has not been carried out yet. */
  reason: string | undefined;
}

/** Runs calls to Redis with a bound. */
export class OutageGate {
  readonly #hub: Hub;
  readonly #timeoutMs: number;
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;

  constructor(hub: Hub, timeoutMs: number, clock: Clock = systemClock) {
    this.#hub = hub;
    this.#timeoutMs = timeoutMs;
    this.#deadlines = new Deadlines(timeoutMs, clock);
    this.#clock = clock;
  }

  /** Runs `send` on `connection` under a queue's policy. */
  run<T>(
    connection: Connection,
    policy: WhenDown,
    whenLost: WhenLost,
    send: () => Promise<T>,
  ): Promise<T> {
    if (!this.#hub.isConfigured) return Promise.reject(unconfigured());
    const call: Call = { state: 'waiting', reason: undefined };
    const work = this.#attempt(connection, call, whenLost, send);
    return policy === 'wait' ? work : this.#bounded(connection, call, whenLost, work);
  }

  async #attempt<T>(
    connection: Connection,
    call: Call,
    whenLost: WhenLost,
    send: () => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (connection.state === 'ended') throw unavailable('reconnect.maxAttempts is used up');
        if (!connection.isReady) await connection.client;
        if (call.state === 'expired') throw unavailable(call.reason); // Nobody waits any more.
        call.state = 'sent';
        return await send();
      } catch (error) {
        await this.#afterFailure(error, call, whenLost, attempt);
      }
    }
  }

  /** Returns when the call may be tried again, throws when it may not. */
  async #afterFailure(
    error: unknown,
    call: Call,
    whenLost: WhenLost,
    attempt: number,
  ): Promise<void> {
    if (error instanceof ConnectionClosedError) throw stopped();
    const lost = toConnectionLost(error);
    const refusal = refusalOf(error);
    if (!lost && !refusal) throw error;
    if (lost?.sent && whenLost === 'unknown') throw unknownOutcome('the connection broke', error);
    if (call.state !== 'expired') call.state = 'waiting';
    call.reason = refusal ? `Redis refuses it (${refusal})` : 'the connection broke';
    if (refusal) await sleep(backoffDelay(attempt, REFUSED_BACKOFF), { clock: this.#clock });
  }

  #bounded<T>(
    connection: Connection,
    call: Call,
    whenLost: WhenLost,
    work: Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = this.#deadlines.begin(() => {
        const wasSent = call.state === 'sent';
        call.state = 'expired';
        const silence = `no answer within ${this.#timeoutMs} ms`;
        if (wasSent && whenLost === 'unknown') reject(unknownOutcome(silence));
        else reject(unavailable(wasSent ? silence : (call.reason ?? connection.lastError)));
      });
      work.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }
}

function stopped(): CoordinatorError {
  return new CoordinatorError('STOPPED', 'The coordinator has been stopped: make a new one');
}

function unconfigured(): CoordinatorError {
  return new CoordinatorError(
    'QUEUE_UNAVAILABLE',
    'Redis is not configured, so queues are disabled: set REDIS_URL or the redisUrl option',
  );
}

function unavailable(reason: string | undefined): CoordinatorError {
  return new CoordinatorError(
    'QUEUE_UNAVAILABLE',
    `Redis cannot be reached${reason ? `: ${reason}` : ''}. Nothing was done; try again later`,
  );
}

function unknownOutcome(what: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError(
    'OUTCOME_UNKNOWN',
    `Sent to Redis, but ${what} before the answer came: it may have been carried out. Repeating an add with the same jobId is safe`,
    { cause },
  );
}
