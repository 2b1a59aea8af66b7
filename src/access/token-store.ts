/**
 * API tokens in Redis: made, listed and revoked by operators.
 *
 * The secret of a new token is in the answer and nowhere else. Tokens that have been good for nothing for 30 days are taken
 * out when another one is made.
 */
import type { Redis } from 'ioredis';
import type { OutageGate } from '../backend/outage-gate.ts';
import { CoordinatorError } from '../errors.ts';
import type { Keys } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import type { Grant } from './principal.ts';
import { isForgettable, parseToken, type TokenRecord } from './token-record.ts';
import { hashOfSecret, newTokenSecret } from './token-secret.ts';

/** Where they are. */
export interface TokenStoreOptions {
  readonly hub: Pick<Hub, 'command'>;
  readonly gate: Pick<OutageGate, 'run'>;
  readonly keys: Keys;
  /** Epoch ms. */
  readonly now: () => number;
}

/** What a token is made of. */
export interface TokenOrder {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly createdBy: string;
  readonly lifetimeMs: number;
}

const MOST_TOKENS = 1_000;

/** Reads and writes tokens. */
export class TokenStore {
  readonly #options: TokenStoreOptions;

  constructor(options: TokenStoreOptions) {
    this.#options = options;
  }

  /** A token; undefined when there is none of this id. */
  async get(id: string): Promise<TokenRecord | undefined> {
    const { keys } = this.#options;
    const json = await this.#run((redis) => redis.hget(keys.tokens(), id));
    return json === null ? undefined : parseToken(id, json);
  }

  /** All of them, newest first. */
  async list(): Promise<readonly TokenRecord[]> {
    const { keys } = this.#options;
    const stored = await this.#run((redis) => redis.hgetall(keys.tokens()));
    return Object.entries(stored)
      .flatMap(([id, json]) => parseToken(id, json) ?? [])
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Id → when it was last used. */
  async used(): Promise<ReadonlyMap<string, number>> {
    const { keys } = this.#options;
    const stored = await this.#run((redis) => redis.hgetall(keys.tokensUsed()));
    return new Map(Object.entries(stored).map(([id, at]) => [id, Number(at)]));
  }

  /** Makes one. Rejects with STATE_CONFLICT when there are 1,000. */
  async create(order: TokenOrder): Promise<{ token: TokenRecord; secret: string }> {
    const { keys, now } = this.#options;
    await this.#makeRoom();
    const { id, secret } = newTokenSecret();
    const { lifetimeMs, ...rest } = order;
    const times = { createdAt: now(), expiresAt: now() + lifetimeMs, revokedAt: null };
    const stored = { ...rest, hash: hashOfSecret(secret), ...times };
    await this.#run((redis) => redis.hset(keys.tokens(), id, JSON.stringify(stored)));
    return { token: { id, ...stored }, secret };
  }

  /** Ends one; one that was revoked before stays as it is. Rejects with NOT_FOUND. */
  async revoke(id: string): Promise<TokenRecord> {
    const { keys, now } = this.#options;
    const token = await this.get(id);
    if (!token) throw new CoordinatorError('NOT_FOUND', `There is no API token "${id}"`);
    if (token.revokedAt !== null) return token;
    const { id: _, ...stored } = { ...token, revokedAt: now() };
    await this.#run((redis) => redis.hset(keys.tokens(), id, JSON.stringify(stored)));
    return { id, ...stored };
  }

  /** Notes that a token was used. */
  async touch(id: string): Promise<void> {
    const { hub, keys, now } = this.#options;
    if (hub.command.isReady) await (await hub.command.raw()).hset(keys.tokensUsed(), id, now());
  }

  async #makeRoom(): Promise<void> {
    const { keys, now } = this.#options;
    const tokens = await this.list();
    const gone = tokens.filter((token) => isForgettable(token, now())).map(({ id }) => id);
    if (tokens.length - gone.length >= MOST_TOKENS)
      throw new CoordinatorError(
        'STATE_CONFLICT',
        `There are ${MOST_TOKENS} API tokens, and no more are kept: let programs share one, or wait until revoked ones are forgotten (30 days)`,
      );
    if (gone.length === 0) return;
    await this.#run(async (redis) => {
      await redis.hdel(keys.tokens(), ...gone);
      await redis.hdel(keys.tokensUsed(), ...gone);
    });
  }

  #run<T>(send: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#options;
    return gate.run(hub.command, 'fail', 'repeat', async () => send(await hub.command.raw()));
  }
}
