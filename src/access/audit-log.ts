/**
 * The audit of a coordinator: what is done is written to the chain in Redis, and always announced as an event as well.
 *
 * An action is done only once its intention is written. What is known after it (its result, a refusal) must not turn
 * into an error: while Redis is away it is kept here, bounded, and written when Redis is back. Where nothing may be
 * written, by configuration or by the rights of the user of Redis, there are only the events.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { messageOf } from '../errors.ts';
import type { Announce } from '../events.ts';
import { announcedAudit } from './announced-audit.ts';
import type { AuditChain } from './audit-chain.ts';
import type { AuditRecord } from './audit-entry.ts';
import type { AuditIntent, AuditResult, AuditTrail } from './audit-trail.ts';
import { RateLimit, REFUSALS } from './rate-limit.ts';

/** Results and refusals that wait for Redis. */
const MOST_HELD = 1_000;

/** What it works on. */
export interface AuditLogOptions {
  readonly chain: Pick<AuditChain, 'append' | 'isReachable'>;
  readonly announce: Announce;
  readonly isReadOnly: () => boolean;
  /** Epoch ms. */
  readonly now: () => number;
  readonly clock?: Clock;
}

/** What `begin` has told of an action, until its end. */
interface Begun {
  /** Number of its entry; undefined when none could be written. */
  readonly of: number | undefined;
  readonly startedMs: number;
}

/** The audit. */
export class AuditLog implements AuditTrail {
  readonly #options: AuditLogOptions;
  readonly #clock: Clock;
  readonly #events: AuditTrail;
  readonly #begun = new Map<string, Begun>();
  #held: AuditRecord[] = [];
  #lost = 0;
  readonly #refusals = new RateLimit(REFUSALS);
  #isFlushing = false;
  #lastId = 0;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#events = announcedAudit(options.announce);
  }

  /** Entries that wait for Redis. */
  get held(): number {
    return this.#held.length;
  }

  async begin(intent: AuditIntent): Promise<string> {
    const { chain, isReadOnly, now } = this.#options;
    const startedMs = this.#clock.monotonic();
    const record: AuditRecord = { kind: 'intent', at: now(), ...intent };
    const of = isReadOnly() ? undefined : await chain.append(record);
    // Else whoever is killed while it is done would leave no trace at all.
    if (of === undefined) await this.#events.begin(intent);
    this.#lastId += 1;
    const id = String(this.#lastId);
    this.#begun.set(id, { of, startedMs });
    return id;
  }

  /** Never rejects. */
  async end(id: string, intent: AuditIntent, result: AuditResult): Promise<void> {
    await this.#events.end(id, intent, result);
    const begun = this.#begun.get(id);
    this.#begun.delete(id);
    if (begun?.of === undefined) return;
    const { action, actor, queue, correlationId } = intent;
    await this.#write({
      ...{ kind: 'result', of: begun.of, at: this.#options.now() },
      ...{ action, actor, queue, correlationId },
      tookMs: Math.round(this.#clock.monotonic() - begun.startedMs),
      ...result,
    });
  }

  /** Never rejects. */
  async refuse(intent: AuditIntent, result: AuditResult): Promise<void> {
    await this.#events.refuse(intent, result);
    if (this.#options.isReadOnly()) return;
    const by = `${intent.actor.kind}:${intent.actor.id}`;
    // Of a flood the log has all of them. The audit keeps so many entries, and no more.
    if (this.#refusals.take(by, this.#clock.monotonic()) > 0) return;
    await this.#write({ kind: 'refused', at: this.#options.now(), ...intent, ...result });
  }

  /** Writes what was held, when Redis is there again. Never rejects. */
  async flush(): Promise<void> {
    const { chain, announce } = this.#options;
    if (this.#isFlushing || this.#held.length === 0 || !chain.isReachable) return;
    this.#isFlushing = true;
    const records = this.#held;
    this.#held = [];
    const answers = await Promise.allSettled(records.map((record) => chain.append(record)));
    const again = records.filter((_, i) => answers[i]!.status === 'rejected');
    this.#held = [...again, ...this.#held];
    this.#isFlushing = false;
    if (this.#held.length > 0) return;
    announce('audit.resumed', { written: records.length, lost: this.#lost });
    this.#lost = 0;
  }

  async #write(record: AuditRecord): Promise<void> {
    const { chain } = this.#options;
    // Whoever waits here has nothing to gain from it: the action is done, or is not.
    if (!chain.isReachable) return this.#hold(record, 'Redis is away');
    try {
      await chain.append(record);
    } catch (error) {
      this.#hold(record, messageOf(error));
    }
  }

  #hold(record: AuditRecord, reason: string): void {
    if (this.#held.length === 0) this.#options.announce('audit.held', { reason });
    this.#held.push(record);
    if (this.#held.length <= MOST_HELD) return;
    this.#held.shift();
    this.#lost += 1;
  }
}
