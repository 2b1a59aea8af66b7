/**
 * Keeps what Redis last said about itself, and how its counters have grown lately, in memory.
 *
 * Asks nothing itself: `look` is the hub's own question, which others need too. While Redis is away the last
 * answer stays, with its time. A server that was restarted counts from the beginning: growth is only told
 * between two answers of the same run.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { Connection } from '../redis/connection.ts';
import type { ServerFigures } from '../redis/server-figures.ts';
import { type RedisGrowth, type RedisWarning, warnAboutRedis } from './redis-warnings.ts';

/** How long a counter's growth is worth a warning. */
const LATELY_MS = 5 * 60_000;

/** What is known of the server, and when it was said, epoch ms; null when it never was. */
export interface RedisSample extends ServerFigures {
  readonly server: {
    readonly flavour: 'redis' | 'valkey' | 'dragonfly' | null;
    readonly version: string | null;
    readonly mode: string | null;
    readonly uptimeMs: number | null;
  };
  readonly warnings: readonly RedisWarning[];
  readonly takenAt: number | null;
}

interface Counters {
  readonly at: number;
  readonly readAt: number;
  readonly runId: string | null;
  readonly evictedKeys: number | null;
  readonly rejectedConnections: number | null;
}

/** Follows the server behind a connection. */
export class RedisWatch {
  readonly #command: Pick<Connection, 'serverInfo'>;
  readonly #ask: () => Promise<void>;
  readonly #clock: Clock;
  #counters: Counters[] = [];

  /** @param options.ask has the connection's `serverInfo` read again */
  constructor(options: {
    command: Pick<Connection, 'serverInfo'>;
    ask: () => Promise<void>;
    clock?: Clock;
  }) {
    this.#command = options.command;
    this.#ask = options.ask;
    this.#clock = options.clock ?? systemClock;
  }

  /** Has the server asked, and keeps its counters. */
  async look(): Promise<void> {
    await this.#ask();
    this.#note();
  }

  /** The last answer. */
  get last(): RedisSample {
    this.#note();
    const info = this.#command.serverInfo;
    const { flavour, version, mode, uptimeSeconds, readAt } = info;
    return {
      ...info.figures,
      server: {
        flavour: readAt === null ? null : flavour,
        version,
        mode,
        uptimeMs: uptimeSeconds === null ? null : uptimeSeconds * 1_000,
      },
      warnings: warnAboutRedis(info, this.#growth),
      takenAt: readAt,
    };
  }

  get #growth(): RedisGrowth {
    const first = this.#counters[0];
    const last = this.#counters.at(-1);
    const grown = (name: 'evictedKeys' | 'rejectedConnections'): number | null => {
      const [from, to] = [first?.[name] ?? null, last?.[name] ?? null];
      // CONFIG RESETSTAT sets counters back.
      return from === null || to === null ? null : Math.max(0, to - from);
    };
    return {
      evictedKeys: grown('evictedKeys'),
      rejectedConnections: grown('rejectedConnections'),
    };
  }

  #note(): void {
    const { readAt, runId, figures } = this.#command.serverInfo;
    const now = this.#clock.monotonic();
    const previous = this.#counters.at(-1);
    if (readAt !== null && readAt !== previous?.readAt) {
      if (runId !== previous?.runId) this.#counters = [];
      const { evictedKeys } = figures.operations;
      const rejectedConnections = figures.connections.rejected;
      this.#counters.push({ at: now, readAt, runId, evictedKeys, rejectedConnections });
    }
    // The newest stays however old it is: the next answer is compared with it.
    while (this.#counters.length > 1 && now - this.#counters[0]!.at > LATELY_MS)
      this.#counters.shift();
  }
}
