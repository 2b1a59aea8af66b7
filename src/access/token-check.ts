/**
 * Tells whose a token is, at each request that brings one.
 *
 * What Redis says of a token is good for 5 s, so that revoking it works everywhere within 10 s. While Redis is away a
 * token that was good is good for one minute more, and one that nobody here has seen cannot be checked. Ids that do not
 * exist are remembered as well; both memories are bounded.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { Principal } from './principal.ts';
import { isGood, principalOfToken, type TokenRecord } from './token-record.ts';
import { hasHash, idOfSecret } from './token-secret.ts';
import type { TokenStore } from './token-store.ts';

const FRESH_MS = 5_000;
/** How much longer than fresh an answer is good while Redis is away. */
const WITHOUT_REDIS_MS = 60_000;
const ASK_AGAIN_MS = 1_000;
const TOUCH_MS = 60_000;
const MOST_REMEMBERED = 2_000;

/** What it works on. */
export interface TokenCheckOptions {
  readonly store: Pick<TokenStore, 'get' | 'touch'>;
  /** Whether nothing may be written, not even when a token was used. */
  readonly isReadOnly: () => boolean;
  /** Epoch ms. */
  readonly now: () => number;
  readonly clock?: Clock;
}

/** What Redis has said of an id. */
interface Answer {
  readonly token: TokenRecord | undefined;
  /** By the monotonic clock. */
  readonly atMs: number;
  askAgainAtMs: number;
}

/** Checks tokens. */
export class TokenCheck {
  readonly #options: TokenCheckOptions;
  readonly #clock: Clock;
  readonly #known = new Map<string, Answer>();
  /** Apart from the others: whoever makes ids up pushes no real one out. */
  readonly #unknown = new Map<string, Answer>();
  readonly #asking = new Map<string, Promise<Answer>>();
  readonly #touchedMs = new Map<string, number>();

  constructor(options: TokenCheckOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Whose it is; null when it is good for nothing. Rejects with QUEUE_UNAVAILABLE when that cannot be known.
   *
   * @param beforeLookUp called before Redis is asked for an id that is no token as far as is known here; may throw
   */
  async check(secret: string, beforeLookUp?: () => void): Promise<Principal | null> {
    const id = idOfSecret(secret);
    if (id === undefined) return null;
    const { token } = await this.#answer(id, beforeLookUp);
    if (!token || !hasHash(secret, token.hash) || !isGood(token, this.#options.now())) return null;
    this.#touch(id);
    return principalOfToken(token);
  }

  /** Asks Redis again the next time: the token was changed here. */
  forget(id: string): void {
    this.#known.delete(id);
    this.#unknown.delete(id);
    this.#asking.delete(id);
  }

  async #answer(id: string, beforeLookUp?: () => void): Promise<Answer> {
    const nowMs = this.#clock.monotonic();
    const known = this.#known.get(id) ?? this.#unknown.get(id);
    if (known && nowMs < known.askAgainAtMs) return known;
    if (!known?.token) beforeLookUp?.();
    const asking = this.#asking.get(id) ?? this.#ask(id);
    this.#asking.set(id, asking);
    try {
      return await asking;
    } catch (error) {
      const isUsable = known?.token && nowMs - known.atMs < FRESH_MS + WITHOUT_REDIS_MS;
      if (!known || !isUsable) throw error;
      // Not each request waits for a Redis that is away.
      known.askAgainAtMs = this.#clock.monotonic() + ASK_AGAIN_MS;
      return known;
    } finally {
      if (this.#asking.get(id) === asking) this.#asking.delete(id);
    }
  }

  async #ask(id: string): Promise<Answer> {
    // From before it was asked: the answer may have been a while on its way.
    const atMs = this.#clock.monotonic();
    const token = await this.#options.store.get(id);
    const answer: Answer = { token, atMs, askAgainAtMs: atMs + FRESH_MS };
    if (!token) this.#known.delete(id);
    remember(token ? this.#known : this.#unknown, id, answer);
    return answer;
  }

  #touch(id: string): void {
    const nowMs = this.#clock.monotonic();
    const last = this.#touchedMs.get(id);
    if (this.#options.isReadOnly() || (last !== undefined && nowMs - last < TOUCH_MS)) return;
    remember(this.#touchedMs, id, nowMs);
    // A figure for people; no request waits for it or fails with it.
    this.#options.store.touch(id).catch(() => {});
  }
}

function remember<T>(memory: Map<string, T>, id: string, value: T): void {
  memory.delete(id);
  memory.set(id, value);
  if (memory.size <= MOST_REMEMBERED) return;
  const [oldest] = memory.keys();
  memory.delete(oldest!);
}
