/**
 * The facts of photos in a cache Redis, when one is configured: asked first, never needed.
 *
 * Every failure counts as "not cached": the files are the truth. A cache that is away costs nothing but one
 * log line per outage, because commands are refused at once instead of being queued.
 */
import { Redis } from 'ioredis';
import type { PhotoFacts } from './images/inspect.ts';
import { messageOf } from './photo-error.ts';

const TTL_SECONDS = 24 * 60 * 60;

export interface FactsCache {
  get(id: string): Promise<PhotoFacts | null>;
  set(id: string, facts: PhotoFacts): Promise<void>;
  stop(): Promise<void>;
}

/** @param warn  told once per outage */
export function createFactsCache(
  url: string | undefined,
  warn: (message: string) => void,
): FactsCache {
  return url === undefined ? NO_CACHE : new RedisFactsCache(url, warn);
}

const NO_CACHE: FactsCache = {
  get: async () => null,
  set: async () => {},
  stop: async () => {},
};

class RedisFactsCache implements FactsCache {
  readonly #redis: Redis;
  #isAway = false;

  constructor(url: string, warn: (message: string) => void) {
    this.#redis = new Redis(url, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      connectTimeout: 2_000,
      commandTimeout: 500,
      connectionName: 'photos:cache',
    });
    this.#redis.on('ready', () => {
      this.#isAway = false;
    });
    this.#redis.on('error', (error: unknown) => {
      if (!this.#isAway) warn(`The cache Redis is away, going on without it: ${messageOf(error)}`);
      this.#isAway = true;
    });
  }

  async get(id: string): Promise<PhotoFacts | null> {
    try {
      const text = await this.#redis.get(toKey(id));
      // The cast is safe: nobody else writes under this prefix, and a photo's facts never change.
      return text === null ? null : (JSON.parse(text) as PhotoFacts);
    } catch {
      return null;
    }
  }

  async set(id: string, facts: PhotoFacts): Promise<void> {
    try {
      await this.#redis.set(toKey(id), JSON.stringify(facts), 'EX', TTL_SECONDS);
    } catch {
      // Not cached: the next reader takes the file.
    }
  }

  async stop(): Promise<void> {
    this.#redis.disconnect();
  }
}

/** STRING, TTL one day. JSON of `PhotoFacts`. The version changes when their shape does. */
function toKey(id: string): string {
  return `photos:facts:v1:${id}`;
}
