/**
 * Everything of one run: Redis, the network before it, the fleet, the producer, the ledger; what a scenario
 * may touch.
 *
 * `open` builds it up to the moment before the fault, disposing of it ends every process that it started.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TcpProxy } from '../../support/proxy.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { monotonicMs } from '../apps/say.ts';
import type { AppSettings, RedisPlace } from '../apps/settings.ts';
import { builtApp, Fleet } from './fleet.ts';
import { Ledger } from './ledger.ts';
import { Member } from './member.ts';
import { Noise } from './noise.ts';
import { openRedis } from './open-redis.ts';
import { ADD_TIMEOUT_MS, QUEUE, type Setup, type Side } from './scenario.ts';

/** Something that was promised, and what was seen. */
export interface Check {
  readonly promise: string;
  readonly seen: string;
  /** `strained`: missed by what a busy machine explains. */
  readonly state: 'kept' | 'strained' | 'broken';
}

/** A run in the making. */
export class Stage implements AsyncDisposable {
  readonly side: Side;
  readonly setup: Setup;
  readonly ledger: Ledger = new Ledger();
  readonly noise: Noise = new Noise();
  /** Where the jobs are; a failover changes it. */
  server!: RedisServer;
  replica: RedisServer | undefined;
  proxy: TcpProxy | undefined;
  fleet!: Fleet;
  producer!: Member;
  readonly checks: Check[] = [];
  readonly notes: string[] = [];
  #settings!: AppSettings;
  #place!: RedisPlace;
  readonly #clients = new Map<string, Redis>();
  readonly #closers: Array<() => unknown> = [];
  #producers = 0;

  private constructor(side: Side, setup: Setup) {
    this.side = side;
    this.setup = setup;
  }

  /** Opens everything but the applications. */
  static async open(side: Side, setup: Setup): Promise<Stage> {
    const stage = new Stage(side, setup);
    try {
      stage.#place = await openRedis(stage);
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts the workers and the producer, and waits until they do what `warm` asks for. */
  async begin(): Promise<void> {
    const { setup, side, ledger } = this;
    const isThere = setup.redis !== 'absent' && setup.warm !== 'none';
    const settings = this.#appSettings();
    this.#settings = settings;
    const workerSettings = this.#toWorkers(settings);
    this.fleet = new Fleet({ side, settings: workerSettings, ledger, within: setup.within });
    this.closeLater(() => this.fleet[Symbol.asyncDispose]());
    const starting = Array.from({ length: setup.workers }, () =>
      this.fleet.start({ isAwaited: isThere }),
    );
    await Promise.all(starting);
    this.producer = this.startProducer();
    await this.producer.app.line(/ up$/);
    if (isThere) await this.#warmUp();
  }

  /** Starts one more producer; its ids are its own. */
  startProducer(changes: Partial<AppSettings> = {}): Member {
    this.#producers += 1;
    const member = new Member({
      name: `producer-${this.#producers}`,
      file: builtApp(`${this.side}-producer`),
      settings: { ...this.#settings, ids: `j${this.#producers}-`, ...changes },
      ledger: this.ledger,
      isWatched: false,
    });
    this.closeLater(() => member[Symbol.asyncDispose]());
    return member;
  }

  /** The harness's own connection to the server that holds the jobs. It comes back by itself. */
  get redis(): Redis {
    return this.clientOf(this.server);
  }

  clientOf(server: RedisServer): Redis {
    const known = this.#clients.get(server.adminUrl);
    if (known) return known;
    const client = new Redis(server.adminUrl, {
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
      connectionName: 'harness',
    });
    client.on('error', () => {});
    this.#clients.set(server.adminUrl, client);
    return client;
  }

  /** Sends any command as the harness. */
  async admin(...words: [string, ...string[]]): Promise<unknown> {
    const [command, ...rest] = words;
    return this.redis.call(command, ...rest);
  }

  readonly sleep = (ms: number): Promise<void> => sleep(ms);

  /** Milliseconds of the clock that all processes share. */
  readonly now = (): number => monotonicMs();

  /** Waits until something is so; false when it is not by then. */
  readonly until = async (look: () => boolean | Promise<boolean>, ms: number): Promise<boolean> => {
    const end = monotonicMs() + ms;
    for (;;) {
      if (await look()) return true;
      if (monotonicMs() > end) return false;
      await sleep(20);
    }
  };

  /** Adds a promise of the scenario's own to the outcome. */
  readonly check = (promise: string, isKept: boolean, seen: string): void => {
    this.checks.push({ promise, seen, state: isKept ? 'kept' : 'broken' });
  };

  /** Adds a sentence to the outcome that judges nothing. */
  readonly note = (text: string): void => {
    this.notes.push(text);
  };

  /** Ends something with the run, in the opposite order. */
  closeLater(close: () => unknown): void {
    this.#closers.unshift(close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.noise.close();
    for (const close of this.#closers.splice(0)) await close();
    for (const client of this.#clients.values()) client.disconnect();
  }

  #appSettings(): AppSettings {
    const { setup } = this;
    const { concurrency, jobMs, lockMs, stalledMs, shutdownMs, whenDown } = setup;
    const { addsPerSecond, mostJobs, flows } = setup;
    return {
      ...{ concurrency, jobMs, shutdownMs, whenDown, addsPerSecond, mostJobs, flows },
      ...(lockMs !== undefined && { lockMs }),
      ...(stalledMs !== undefined && { stalledMs }),
      redis: this.#place,
      queue: QUEUE,
      addTimeoutMs: ADD_TIMEOUT_MS,
      ids: 'j-',
    };
  }

  /** Workers always wait for a Redis that is away; what an add does is the producer's matter. */
  #toWorkers(settings: AppSettings): AppSettings {
    const { workerHost } = this.setup;
    const { redis } = settings;
    const place =
      workerHost && 'url' in redis ? { url: redis.url.replace('127.0.0.1', workerHost) } : redis;
    return { ...settings, redis: place, whenDown: 'fail' };
  }

  async #warmUp(): Promise<void> {
    const { setup, ledger, fleet } = this;
    const jobs = setup.warm === 'busy' ? setup.concurrency : 3;
    const deeds = setup.warm === 'busy' ? ledger.started : ledger.completed;
    await until(
      () => fleet.live.every(({ name }) => deeds.filter(({ by }) => by === name).length >= jobs),
      { timeoutMs: 20_000, what: 'every worker has run its first jobs' },
    );
  }
}
