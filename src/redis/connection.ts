/**
 * One socket of the hub: opens, heals, and says how it is.
 *
 * `client` is a promise of a usable client. It is already resolved while the socket is ready, pends while
 * the socket is away, and rejects only when the connection is closed for good. So nothing is ever queued
 * inside ioredis: a command is either written to a live socket or not issued. When the socket breaks,
 * what was written and not answered is rejected with `ConnectionLost { sent: true }` and never sent again
 * (ioredis would re-send a fetch, and the job of the first one would be without an owner; or, told not
 * to, leave its promise unsettled for ever).
 *
 * ioredis reconnects by itself, for ever, with our delays. It must never be told to disconnect while it
 * has no socket: it would clear its own retry timer and stay parked. A client that ends all the same,
 * without having been closed or having used up its attempts, is replaced by a new one.
 */
import {
  ConnectionClosedError,
  createIORedisClient,
  type IRedisClient,
  RedisConnection,
} from 'bullmq';
import type { Redis, RedisOptions } from 'ioredis';
import { type BackoffBounds, backoffDelay } from '../base/backoff.ts';
import { type CancelTimer, type Clock, systemClock } from '../base/clock.ts';
import { createDeferred, type Deferred } from '../base/deferred.ts';
import { ConnectionLost, messageOf } from '../errors.ts';
import { type Announce, Repetition, type SocketRole } from '../events.ts';
import { guardCommands, withoutOwnership } from './command-guard.ts';
import { type Companion, defineCompanions } from './companions.ts';
import type { CreateClient } from './create-client.ts';
import { Flapping } from './flapping.ts';
import { parseServerInfo, type ServerInfo } from './server-info.ts';
import { watchSilence } from './silence-watch.ts';

/** idle: never opened · connecting: first try · ready · away: lost, reconnecting · ended: gave up · closed */
export type ConnectionState = 'idle' | 'connecting' | 'ready' | 'away' | 'ended' | 'closed';

/** Reconnecting: bounds of the delay and how often. */
export interface ReconnectPolicy extends BackoffBounds {
  /** Attempts in a row after which it gives up; `Infinity` is for ever. */
  readonly maxAttempts: number;
}

/** What a connection needs. */
export interface ConnectionOptions {
  readonly role: SocketRole;
  readonly name: string;
  /** Makes an unconnected ioredis client with these options; absent: there is no Redis, it stays idle. */
  readonly createClient?: CreateClient;
  readonly reconnect: ReconnectPolicy;
  readonly announce: Announce;
  /** Effects beside BullMQ's scripts. */
  readonly companions?: readonly Companion[];
  /** Why a server must not be used, or undefined; asked again while it must not. */
  readonly refuse?: (info: ServerInfo) => string | undefined;
  readonly clock?: Clock;
}

/** A demoted primary answers READONLY; a new connection finds the new one. Pauses between two of them. */
const FORCED_RECONNECT = { minDelayMs: 1_000, maxDelayMs: 4_000 };
/** After a time without one, the pauses begin anew. */
const FORCED_ANEW_MS = 30_000;
/** How often a server that must not be used is asked again. */
const REFUSED_AGAIN_MS = 2_000;
/** A process that never lost the server counts its start as trouble, but so much earlier. */
const START_IS_PAST_MS = 2_000;
const RECONNECT_CURES = /\b(READONLY|MASTERDOWN|UNBLOCKED)\b/;

/** A client as BullMQ's scripts want it. */
export type ScriptClient = IRedisClient;

/** One named socket with a lifecycle. */
export class Connection {
  readonly role: SocketRole;
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #errors = new Repetition();
  #redis: Redis | undefined;
  #state: ConnectionState = 'idle';
  #pending: Deferred<ScriptClient> = pendingClient();
  #awaySince: number | undefined;
  #client: ScriptClient | undefined;
  #endWatch: CancelTimer = () => {};
  readonly #flapping: Flapping;
  #forcedAt = Number.NEGATIVE_INFINITY;
  #forced = 0;
  #hasGivenUp = false;
  #rebuilds = 0;
  #since: number;
  #troubledAt = Number.NEGATIVE_INFINITY;
  #lastError: string | undefined;
  #info: ServerInfo = parseServerInfo('');

  constructor(options: ConnectionOptions) {
    this.role = options.role;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#flapping = new Flapping(this.#clock);
    this.#since = this.#clock.now();
  }

  get state(): ConnectionState {
    return this.#state;
  }
  /** Whether a command can be written now. */
  get isReady(): boolean {
    this.#noticeBrokenStream();
    return this.#state === 'ready';
  }
  /** When the state was last entered, epoch ms. */
  get since(): number {
    return this.#since;
  }
  /** Text of the last error, until the socket is ready again. */
  get lastError(): string | undefined {
    return this.#lastError;
  }
  /** What the server said about itself when it was last asked; unknown fields are null. */
  get serverInfo(): ServerInfo {
    return this.#info;
  }

  /** How long it has been ready without a loss, a silence or a refusal since, ms; 0 while it is not. */
  get steadyMs(): number {
    return this.isReady ? this.#clock.monotonic() - this.#troubledAt : 0;
  }
  /** The server does not do what it is asked, or does it late. @param agoMs since when it does again */
  noteTrouble(agoMs = 0): void {
    this.#troubledAt = Math.max(this.#troubledAt, this.#clock.monotonic() - agoMs);
  }

  /** A usable client: now, or as soon as there is one. Opens the socket on first use. */
  get client(): Promise<ScriptClient> {
    if (this.#state === 'idle') this.open();
    this.#noticeBrokenStream();
    return this.#pending.promise;
  }

  /** The client when it can be used at this moment: for paths on which a promise would cost. */
  get readyClient(): ScriptClient | undefined {
    return this.isReady ? this.#client : undefined;
  }

  /** The client as users may have it: it works, and it cannot be closed. */
  get guardedClient(): Promise<ScriptClient> {
    return this.client.then((client) => withoutOwnership(client));
  }

  /** The raw client, for commands that BullMQ's client does not have. Same promise, same rules. */
  async raw(): Promise<Redis> {
    await this.client;
    return this.#redis!;
  }

  /** Starts connecting; harmless when it already has. */
  open(): void {
    if (this.#state !== 'idle' || !this.#options.createClient) return;
    this.#enter('connecting');
    this.#build(this.#options.createClient);
  }

  #build(createClient: CreateClient): void {
    const redis = createClient(this.#clientOptions());
    this.#redis = redis;
    redis.setMaxListeners(0);
    redis.on('connect', () => this.#onConnect(redis));
    redis.on('ready', () => void this.#onReady(redis));
    redis.on('error', (error: Error) => this.#onError(error));
    redis.on('close', () => this.#onClose(redis));
    redis.on('end', () => this.#onEnd(redis));
    if (this.role === 'command') guardCommands(redis);
    // Registers BullMQ's scripts on the client, and does no I/O with these two options.
    const scripts = new RedisConnection(createIORedisClient(redis), {
      shared: true,
      blocking: false,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    });
    scripts.on('error', () => {});
    defineCompanions(redis, this.#options.companions ?? []);
    redis.connect().catch(() => {}); // The same error comes as an event.
  }

  /** Loads all scripts again, as after SCRIPT FLUSH. */
  async preload(): Promise<void> {
    await this.client;
    await preloadScripts(this.#redis!);
  }

  /** Asks the server about itself again: a setting may have been changed since it was connected. */
  async look(): Promise<void> {
    if (!this.isReady) return;
    const redis = this.#redis!;
    const info = await redis.info().catch(() => '');
    if (info === '' || redis !== this.#redis) return;
    this.#info = parseServerInfo(info, this.#clock.now());
  }

  /** Closes for good. Never waits for the server: what is in flight is rejected. */
  close(): void {
    if (this.#state === 'closed') return;
    const redis = this.#redis;
    // A promise that was resolved cannot be rejected: whoever asks from now on gets another one.
    if (this.#state === 'ready') this.#pending = pendingClient();
    this.#enter('closed');
    this.#pending.reject(new ConnectionClosedError());
    if (!redis) return;
    rejectInFlight(redis);
    redis.disconnect();
    this.#options.announce('connection.closed', { role: this.role });
  }

  #clientOptions(): RedisOptions {
    return {
      lazyConnect: true,
      connectionName: this.#options.name,
      maxRetriesPerRequest: null,
      enableReadyCheck: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      connectTimeout: 10_000,
      keepAlive: 10_000,
      retryStrategy: (attempt: number) => this.#retryDelay(attempt),
      reconnectOnError: (error: Error) => this.#curesByReconnecting(error),
    };
  }

  #retryDelay(attempt: number): number | null {
    const { reconnect, announce } = this.#options;
    if (this.#state === 'closed') return null;
    this.#hasGivenUp = attempt > reconnect.maxAttempts;
    if (this.#hasGivenUp) return null;
    const delayMs = backoffDelay(attempt, reconnect);
    const repeated = this.#flapping.round;
    if (attempt === 1) announce('connection.reconnecting', { role: this.role, repeated });
    announce('connection.retried', { role: this.role, attempt, delayMs, repeated });
    return delayMs;
  }

  /** 1 = reconnect and reject the command; a command is never re-sent behind its caller's back. */
  #curesByReconnecting(error: Error): false | 1 {
    if (!RECONNECT_CURES.test(error.message)) return false;
    const sinceMs = this.#clock.monotonic() - this.#forcedAt;
    if (sinceMs > FORCED_ANEW_MS) this.#forced = 0;
    if (this.#forced > 0 && sinceMs < backoffDelay(this.#forced, FORCED_RECONNECT, 0)) return false;
    this.#forced += 1;
    this.#forcedAt = this.#clock.monotonic();
    return 1;
  }

  #onConnect(redis: Redis): void {
    this.#endWatch();
    this.#endWatch = watchSilence(redis, this.#clock, () => this.noteTrouble());
    this.#flapping.connected();
    const repeated = this.#flapping.round;
    this.#options.announce('connection.connected', { role: this.role, repeated });
  }

  async #onReady(redis: Redis): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'ready') return;
    // Reads the version, and loads the scripts, before anything else may use it: inside MULTI there is no
    // fall-back from EVALSHA to EVAL.
    const loading =
      this.role === 'command' || this.role === 'bulk' ? preloadScripts(redis) : Promise.resolve();
    const info = await redis.info().catch(() => '');
    await loading;
    if (redis !== this.#redis || redis.status !== 'ready') return;
    if ((this.#state as ConnectionState) === 'closed') return;
    this.#info = parseServerInfo(info, this.#clock.now());
    const refusal = this.#options.refuse?.(this.#info);
    if (refusal !== undefined) {
      this.#onError(new Error(refusal));
      this.#clock.after(REFUSED_AGAIN_MS, () => void this.#onReady(redis), { background: true });
      return;
    }
    const upMs = (this.#info.uptimeSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
    this.noteTrouble(this.#awaySince === undefined ? upMs + START_IS_PAST_MS : 0);
    const afterMs = this.#awaySince === undefined ? 0 : this.#clock.monotonic() - this.#awaySince;
    this.#awaySince = undefined;
    this.#lastError = undefined;
    this.#errors.reset();
    this.#enter('ready');
    this.#client = createIORedisClient(redis) as unknown as ScriptClient;
    this.#pending.resolve(this.#client);
    this.#flapping.ready();
    this.#rebuilds = 0;
    const repeated = this.#flapping.round;
    this.#options.announce('connection.ready', { role: this.role, afterMs, repeated });
  }

  #onError(error: Error): void {
    if (this.#state === 'closed') return;
    const message = messageOf(error);
    this.#lastError = message;
    const repeated = this.#errors.count(message);
    this.#options.announce('connection.error', { role: this.role, message, repeated });
  }

  #onClose(redis: Redis): void {
    this.#endWatch();
    rejectInFlight(redis);
    if (this.#state === 'closed') return;
    if (this.#state === 'ready') this.#lose();
    else {
      this.#awaySince ??= this.#clock.monotonic();
      this.#flapping.down();
    }
  }

  /**
   * A stream stops being writable before it is closed. In between ioredis refuses commands at once, and a
   * caller who tries again for as long as this says `ready` would never let the close be noticed.
   */
  #noticeBrokenStream(): void {
    if (this.#state !== 'ready') return;
    const { status, stream } = this.#redis as unknown as {
      status: string;
      stream?: { writable: boolean };
    };
    if (status !== 'ready' || stream?.writable !== true) this.#lose();
  }

  #lose(): void {
    this.#awaySince ??= this.#clock.monotonic();
    this.#pending = pendingClient();
    this.#enter('away');
    this.#flapping.down();
    const repeated = this.#flapping.round;
    this.#options.announce('connection.closed', { role: this.role, repeated });
  }

  #onEnd(redis: Redis): void {
    if (this.#state === 'closed' || redis !== this.#redis) return;
    if (!this.#hasGivenUp) {
      this.#rebuild(redis);
      return;
    }
    this.#enter('ended');
    this.#options.announce('connection.ended', {
      role: this.role,
      attempts: this.#options.reconnect.maxAttempts,
    });
  }

  /** Nobody told this client to end, and it would stay as it is for ever. */
  #rebuild(ended: Redis): void {
    ended.removeAllListeners();
    ended.on('error', () => {});
    if (this.#state === 'ready') this.#lose();
    this.#rebuilds += 1;
    const { reconnect, announce, createClient } = this.#options;
    const delayMs = backoffDelay(this.#rebuilds, reconnect);
    announce('connection.rebuilt', { role: this.role, delayMs, repeated: this.#rebuilds });
    const build = (): void => {
      if (this.#state !== 'closed' && this.#redis === ended) this.#build(createClient!);
    };
    this.#clock.after(delayMs, build);
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#since = this.#clock.now();
  }
}

function pendingClient(): Deferred<ScriptClient> {
  const pending = createDeferred<ScriptClient>();
  pending.promise.catch(() => {}); // Nobody may be waiting when it is closed.
  return pending;
}

/** Settles everything written and not answered. ioredis keeps that list; `flushQueue` is how it empties it. */
function rejectInFlight(redis: Redis): void {
  const queue = redis as unknown as {
    flushQueue(error: Error, options: { offlineQueue: boolean; commandQueue: boolean }): void;
  };
  queue.flushQueue(new ConnectionLost(true), { offlineQueue: true, commandQueue: true });
}

/**
 * SCRIPT LOAD of every registered script that the server does not have: all of them are much for a
 * socket that opens beside others on a slow link. A refusal (ACL) is no reason not to connect.
 */
async function preloadScripts(redis: Redis): Promise<void> {
  const { scriptsSet } = redis as unknown as { scriptsSet: Record<string, Script> };
  const scripts = Object.values(scriptsSet);
  if (scripts.length === 0) return;
  const known = await redis.script('EXISTS', ...scripts.map(({ sha }) => sha)).catch(() => []);
  const [first, ...others] = scripts.filter((_, i) => !(known as number[])[i]);
  if (!first) return;
  // Each refusal is written down by Redis: after the first no further one is provoked.
  if ((await redis.script('LOAD', first.lua).catch(() => null)) === null) return;
  const pipeline = redis.pipeline(others.map(({ lua }) => ['script', 'LOAD', lua]));
  await pipeline.exec().catch(() => {});
}

/** What ioredis keeps of a command that was defined by a script. */
interface Script {
  readonly lua: string;
  readonly sha: string;
}
