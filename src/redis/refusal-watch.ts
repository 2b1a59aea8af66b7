/**
 * Knows whether Redis refuses what jobs need, with which word and since when.
 *
 * Whoever is refused reports it here and goes on with its own backoff. The first report begins the state; a
 * small write of our own, tried again with growing pauses, tells when it is over. A denial (NOPERM) may spare
 * that write, so it is over when it has not been reported for a while. Begin and end are announced once each.
 */
import { backoffDelay } from '../base/backoff.ts';
import { type CancelTimer, type Clock, systemClock } from '../base/clock.ts';
import type { Announce } from '../events.ts';
import type { Connection } from './connection.ts';
import { refusalOf, stoppedHalfway, toConnectionLost } from './connection-lost.ts';
import { describeRefusal, type Refusal } from './refusals.ts';

const PROBE_BACKOFF = { minDelayMs: 500, maxDelayMs: 5_000 };
/** Without a report for this long a denial is over: longer than any pause between two rounds of a loop. */
const DENIAL_QUIET_MS = 20_000;
/** A refusal that comes back this soon goes on with the pauses of the last one: it must not be told each second. */
const SAME_TROUBLE_MS = 10_000;
/** A sign of a role change on one socket, and no state of the server. */
const PASSING = 'UNBLOCKED';

/** What the watch needs of its hub. */
export interface RefusalWatchOptions {
  readonly command: Connection;
  readonly probeKey: string;
  /** Whether nothing may be written: then reading tells. @default false */
  readonly readOnly?: boolean;
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** The state of refusal of one hub. */
export class RefusalWatch {
  readonly #command: Connection;
  readonly #probeKey: string;
  readonly #isReadOnly: boolean;
  readonly #announce: Announce;
  readonly #clock: Clock;
  #current: (Refusal & { readonly startedAt: number }) | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #halfwayAt: number | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  #probes = 0;
  #timer: CancelTimer = () => {};
  #closed = false;

  constructor(options: RefusalWatchOptions) {
    const { command, probeKey, readOnly = false, announce, clock = systemClock } = options;
    this.#command = command;
    this.#probeKey = probeKey;
    this.#isReadOnly = readOnly;
    this.#announce = announce;
    this.#clock = clock;
  }

  /** The refusal that lasts; undefined when all is well. */
  get current(): Refusal | undefined {
    return this.#current;
  }

  /** When a script was last stopped half way, which leaves orphans; monotonic ms, undefined if never. */
  get halfwayAt(): number | undefined {
    return this.#halfwayAt;
  }

  /** Reports an error of any command; what is no refusal is ignored. */
  report(error: unknown): void {
    if (stoppedHalfway(error)) this.#halfwayAt = this.#clock.monotonic();
    const reason = refusalOf(error);
    if (!reason || reason === PASSING || this.#closed) return;
    this.#command.noteTrouble();
    this.#reportedAt = this.#clock.monotonic();
    if (this.#current) return;
    if (this.#reportedAt - this.#endedAt > SAME_TROUBLE_MS) this.#probes = 0;
    this.#current = { reason, since: this.#clock.now(), startedAt: this.#reportedAt };
    this.#announce('redis.refused', { reason, message: describeRefusal(reason) });
    this.#probeLater();
  }

  close(): void {
    this.#closed = true;
    this.#timer();
  }

  #probeLater(): void {
    if (this.#closed) return;
    this.#probes += 1;
    const pauseMs = backoffDelay(this.#probes, PROBE_BACKOFF);
    this.#timer = this.#clock.after(pauseMs, () => void this.#probe(), { background: true });
  }

  async #probe(): Promise<void> {
    const error = await this.#try();
    const reason = refusalOf(error) ?? this.#current?.reason;
    const quietMs = this.#clock.monotonic() - this.#reportedAt;
    const isOver = reason === 'NOPERM' ? quietMs > DENIAL_QUIET_MS : error === undefined;
    if (isOver) this.#end();
    else {
      if (reason && reason !== this.#current?.reason) this.#change(reason);
      this.#probeLater();
    }
  }

  /** What Redis refuses of a script it refuses of this, too. */
  async #try(): Promise<unknown> {
    try {
      const redis = await this.#command.raw();
      if (this.#isReadOnly) await redis.exists(this.#probeKey);
      else await redis.set(this.#probeKey, '1', 'PX', 1_000);
      return undefined;
    } catch (error) {
      // A connection that broke says nothing about the server.
      return toConnectionLost(error) ? new Error('no answer') : error;
    }
  }

  #change(reason: string): void {
    const { since, startedAt } = this.#current!;
    this.#current = { reason, since, startedAt };
    this.#announce('redis.refused', { reason, message: describeRefusal(reason) });
  }

  #end(): void {
    const { reason, startedAt } = this.#current!;
    this.#endedAt = this.#clock.monotonic();
    this.#command.noteTrouble(); // Locks may have run out meanwhile.
    this.#current = undefined;
    const afterMs = Math.round(this.#endedAt - startedAt);
    this.#announce('redis.accepted', { reason, afterMs });
  }
}
