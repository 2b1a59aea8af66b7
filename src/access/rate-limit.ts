/**
 * Token buckets by key: so many at once, then so many a second. Pure: the clock is passed in.
 *
 * The number of keys is bounded. Whoever has not asked for the longest time is forgotten first, and has a full bucket then.
 */

/** How much is allowed. */
export interface RateLimitOptions {
  /** Tokens that a key has at most. */
  readonly burst: number;
  readonly perSecond: number;
  /** @default 10,000 */
  readonly mostKeys?: number;
}

/** Changes by one principal. */
export const CHANGES: RateLimitOptions = { burst: 60, perSecond: 20 };
/** Refusals by one principal that are kept in the audit: more would push out what others have done. */
export const REFUSALS: RateLimitOptions = { burst: 30, perSecond: 0.02 };
/** Failed logins from one address. */
export const LOGINS: RateLimitOptions = { burst: 5, perSecond: 0.1 };
/** How often it is told that an address has to wait. */
export const TOLD: RateLimitOptions = { burst: 1, perSecond: 1 / 60 };
/** API tokens from one address that this process does not know, and so has to look up in Redis. */
export const LOOK_UPS: RateLimitOptions = { burst: 100, perSecond: 10 };

interface Bucket {
  tokens: number;
  /** When `tokens` was worked out. */
  atMs: number;
}

/** One bucket for each key. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Takes a token. Milliseconds until there is one; 0: it was taken. */
  take(key: string, nowMs: number): number {
    const bucket = this.#filled(key, nowMs);
    const waitMs = this.#waitOf(bucket);
    if (waitMs === 0) bucket.tokens -= 1;
    this.#keep(key, bucket);
    return waitMs;
  }

  /** The same, without taking it. */
  wait(key: string, nowMs: number): number {
    return this.#waitOf(this.#filled(key, nowMs));
  }

  #filled(key: string, nowMs: number): Bucket {
    const { burst, perSecond } = this.#options;
    const was = this.#buckets.get(key);
    if (!was) return { tokens: burst, atMs: nowMs };
    const passedMs = Math.max(0, nowMs - was.atMs);
    return { tokens: Math.min(burst, was.tokens + (passedMs / 1_000) * perSecond), atMs: nowMs };
  }

  #waitOf({ tokens }: Bucket): number {
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / this.#options.perSecond) * 1_000);
  }

  #keep(key: string, bucket: Bucket): void {
    const { mostKeys = 10_000 } = this.#options;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= mostKeys) return;
    const [oldest] = this.#buckets.keys();
    this.#buckets.delete(oldest!);
  }
}
