/**
 * Bounds what a caller waits for while Redis is away, silent or refusing.
 *
 * With `fail`, everything ends within `addTimeoutMs`: QUEUE_UNAVAILABLE when it certainly was not carried
 * out, OUTCOME_UNKNOWN when it was sent and no answer came. A call that has timed out is never sent
 * afterwards. With `wait`, it waits for Redis as BullMQ does, and still never sends anything twice. With
 * `spool`, what is no add is treated as with `fail`. With `patient`, what Redis works on may take as long as it
 * takes, and all else ends as with `fail`: no connection, a refusal, a connection that broke.
 */
import { ConnectionClosedError } from 'bullmq';
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Deadline, Deadlines } from '../base/deadlines.ts';
import type { WhenDown } from '../config/options.ts';
import { CoordinatorError } from '../errors.ts';
import type { Connection } from '../redis/connection.ts';
import { passingOf, stoppedHalfway, toConnectionLost } from '../redis/connection-lost.ts';
import type { Hub } from '../redis/hub.ts';

const REFUSED_BACKOFF = { minDelayMs: 50, maxDelayMs: 500 };

/** How a call may be treated when its connection was lost after it was sent. */
export type WhenLost = 'repeat' | 'unknown';

/** What a call waits for: that of a queue, or `patient`, for what is large. */
export type Patience = WhenDown | 'patient';

/** A call on its way; made to cost little, since every job passes here. */
interface Call {
  readonly connection: Connection;
  readonly policy: Patience;
  readonly whenLost: WhenLost;
  readonly send: () => Promise<unknown>;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
  /** late: it is with Redis, and there is no time left for another try. */
  state: 'waiting' | 'sent' | 'late' | 'over';
  tries: number;
  /** None while it may wait for as long as it takes. */
  deadline: Deadline<Call> | undefined;
  /** Why it has not been carried out yet. */
  reason: string | undefined;
}

/** Runs calls to Redis with a bound. */
export class OutageGate {
  readonly #hub: Hub;
  readonly #timeoutMs: number;
  readonly #deadlines: Deadlines<Call>;
  readonly #clock: Clock;

  constructor(hub: Hub, timeoutMs: number, clock: Clock = systemClock) {
    this.#hub = hub;
    this.#timeoutMs = timeoutMs;
    this.#deadlines = new Deadlines(timeoutMs, (call) => this.#expire(call), clock);
    this.#clock = clock;
  }

  /** How long a call may take that must not wait. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Runs `send` on `connection` under a queue's policy. */
  run<T>(
    connection: Connection,
    policy: Patience,
    whenLost: WhenLost,
    send: () => Promise<T>,
  ): Promise<T> {
    if (!this.#hub.isConfigured) return Promise.reject(unconfigured());
    return new Promise<T>((resolve, reject) => {
      const call: Call = {
        connection,
        policy,
        whenLost,
        send,
        resolve,
        reject,
        state: 'waiting',
        tries: 0,
        deadline: undefined,
        reason: undefined,
      };
      if (policy !== 'wait') call.deadline = this.#deadlines.begin(call);
      this.#attempt(call);
    });
  }

  #attempt(call: Call): void {
    const { connection } = call;
    if (call.state === 'over') return; // Nobody waits any more.
    if (connection.isReady) this.#send(call);
    else if (connection.state === 'ended')
      this.#finish(call).reject(unavailable('reconnect.maxAttempts is used up'));
    else
      connection.client.then(
        () => this.#attempt(call),
        (error) => this.#afterFailure(call, error),
      );
  }

  #send(call: Call): void {
    call.state = 'sent';
    call.tries += 1;
    call.send().then(
      (answer) => this.#finish(call).resolve(answer as never),
      (error) => this.#afterFailure(call, error),
    );
  }

  /** Tries again when that is allowed and can help, else rejects. */
  #afterFailure(call: Call, error: unknown): void {
    const refusal = passingOf(error);
    this.#hub.refusals.report(error);
    if (!isWorthTrying(call.whenLost, error)) {
      this.#finish(call).reject(toFinal(error));
    } else if (call.state !== 'over') {
      call.reason = refusal ? `Redis refuses it (${refusal})` : 'the connection broke';
      if (call.state === 'late') {
        this.#finish(call).reject(unavailable(call.reason));
        return;
      }
      call.state = 'waiting';
      const pauseMs = refusal ? backoffDelay(call.tries, REFUSED_BACKOFF) : 0;
      if (pauseMs > 0) this.#clock.after(pauseMs, () => this.#attempt(call));
      else this.#attempt(call);
    }
  }

  #expire(call: Call): void {
    const { connection, policy, whenLost, state, reason } = call;
    if (state === 'sent' && policy === 'patient') {
      call.state = 'late';
      return;
    }
    const silence = `no answer within ${this.#timeoutMs} ms`;
    const { reject } = this.#finish(call);
    if (state === 'sent' && whenLost === 'unknown') reject(unknownOutcome(silence));
    else reject(unavailable(state === 'sent' ? silence : (reason ?? connection.lastError)));
  }

  #finish(call: Call): Call {
    call.state = 'over';
    this.#deadlines.end(call.deadline);
    return call;
  }
}

/** Whether the same call may be sent again and can succeed then. */
function isWorthTrying(whenLost: WhenLost, error: unknown): boolean {
  const lost = toConnectionLost(error);
  if (lost) return !lost.sent || whenLost === 'repeat';
  // Half of it may be there: an add with an id of its own making would leave one more half with each try.
  if (stoppedHalfway(error)) return whenLost === 'repeat';
  return passingOf(error) !== undefined;
}

/** What the caller is told of a failure that ends the call. */
function toFinal(error: unknown): unknown {
  if (error instanceof ConnectionClosedError) return stopped();
  if (stoppedHalfway(error)) return unknownOutcome('the ACL denied a command inside it', error);
  return toConnectionLost(error) ? unknownOutcome('the connection broke', error) : error;
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
