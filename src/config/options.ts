/**
 * What a user may set: the catalogue of options.
 *
 * `OPTIONS` describes every option for the reference pages, in the order of `CoordinatorOptions`; a test
 * holds the two together. Values are checked in `resolve-config.ts`, and only there.
 */
import type { Telemetry } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Duration, Size } from '../base/units.ts';
import type { BodyStore } from './body-store.ts';
import type { RedisParts } from './redis-address.ts';

/** What a queue does with an add while Redis is away. */
export type WhenDown = 'fail' | 'wait' | 'spool';

/** The part of a pino-like logger that Drover uses. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** Options of a `Coordinator`. Everything has a default; see `OPTIONS` for each one's meaning. */
export interface CoordinatorOptions {
  readonly name?: string;
  readonly version?: string;
  readonly redisUrl?: string | undefined;
  readonly redis?: RedisParts | undefined;
  readonly connection?: Redis;
  readonly prefix?: string;
  readonly coordinatorPrefix?: string;
  readonly lazy?: boolean;
  readonly reconnect?: {
    readonly minDelay?: Duration;
    readonly maxDelay?: Duration;
    readonly maxAttempts?: number;
  };
  readonly readOnly?: boolean;
  readonly allowEviction?: boolean;
  readonly whenDown?: WhenDown;
  readonly spool?: {
    readonly path?: string;
    readonly maxJobs?: number;
    readonly maxBytes?: Size;
  };
  readonly addTimeoutMs?: Duration;
  readonly shutdownTimeoutMs?: Duration;
  readonly readyWithinMs?: Duration;
  readonly backgroundJobs?: boolean;
  readonly metrics?: boolean;
  readonly deadLetters?:
    | boolean
    | { readonly keep?: { readonly age?: Duration; readonly count?: number } };
  readonly bodies?: { readonly stores?: readonly BodyStore[]; readonly grace?: Duration };
  readonly telemetry?: Telemetry;
  readonly logger?: Logger | false;
}

/** Option → meaning, default, limits, environment variable. */
export const OPTIONS = {
  name: {
    meaning: 'Name of the application, first part of the name of every socket.',
    default: '`drover`',
    environment: 'DROVER_NAME',
  },
  version: {
    meaning:
      'Version of your application. Kept with each failure, so that a failure that came with a release can be told.',
    default: 'none',
    environment: 'DROVER_APP_VERSION, npm_package_version',
  },
  redisUrl: {
    meaning:
      'Address of Redis: `redis://user:password@host:6379/0`, `rediss://` for TLS, `unix:///path`. Wins over `redis`.',
    default: 'none: queues are disabled, the application runs',
    environment: 'REDIS_URL',
  },
  redis: {
    meaning:
      'Address in parts: `host`, `port`, `username`, `password`, `db`, `tls`, `path`, `sentinels` with `sentinelName` and `sentinelPassword`. Missing parts default to localhost, 6379, 0.',
    default: 'none',
    environment: 'REDIS_HOST, REDIS_PORT, REDIS_USERNAME, REDIS_PASSWORD, REDIS_DB, REDIS_TLS',
  },
  connection: {
    meaning:
      'An ioredis instance to copy the address and TLS settings from. It is duplicated, never used or closed. Wins over `redisUrl` and `redis`.',
    default: 'none',
    environment: '',
  },
  prefix: {
    meaning: "BullMQ's key prefix. In Cluster it needs a hash tag.",
    default: '`bull`',
    environment: 'DROVER_PREFIX',
  },
  coordinatorPrefix: {
    meaning: "Prefix of Drover's own keys.",
    default: '`coordinator`',
    environment: 'DROVER_COORDINATOR_PREFIX',
  },
  lazy: {
    meaning: 'Connect on first use instead of in `start()`.',
    default: '`false`',
    environment: '',
  },
  reconnect: {
    meaning:
      '`minDelay` and `maxDelay` of the exponential, jittered backoff, and `maxAttempts` in a row after which a socket gives up for good.',
    default: '`50ms`, `2s`, for ever',
    environment: '',
  },
  readOnly: {
    meaning:
      'Changes nothing in Redis: for a console over queues of others. No heartbeat, no lease, no metrics are written, actions that change something are refused, and the audit goes to the log.',
    default: '`false`',
    environment: '',
  },
  allowEviction: {
    meaning:
      'Whether a Redis that evicts keys may be used. When not, it counts as unavailable, and says so, until its `maxmemory-policy` is `noeviction`: an evicting Redis loses jobs and locks when memory is full.',
    default: '`false`',
    environment: '',
  },
  whenDown: {
    meaning:
      '`fail`: an add without Redis rejects with QUEUE_UNAVAILABLE within `addTimeoutMs`. `wait`: it waits for Redis, as BullMQ does. `spool`: it is kept on the local disk and sent when Redis is back, in order and exactly once. A queue may set its own.',
    default: '`fail`',
    environment: '',
  },
  spool: {
    meaning:
      'Where jobs are kept while Redis is away (`path`, a folder on a local disk that outlives the process; several processes may share it), and how much at most: `maxJobs`, `maxBytes`.',
    default: '`.drover/spool` in the working directory, 100,000 jobs, `256mb`',
    environment: 'DROVER_SPOOL_PATH',
  },
  addTimeoutMs: {
    meaning:
      'Longest time an add or a read takes while Redis is away or silent. At least 1 ms; too short turns hiccups into errors.',
    default: '`2s`',
    environment: '',
  },
  shutdownTimeoutMs: {
    meaning:
      'How long `stop()`, or `drain()` and `stop()` together, let running jobs finish. They end by then whatever Redis does. The last quarter, at most 3 s, is for handing back jobs that can be stopped.',
    default: '`25s`',
    environment: '',
  },
  readyWithinMs: {
    meaning:
      '`/health/ready` says no when a queue of this process has neither fetched nor waited for this long; a worker that is connected and does neither is rebuilt.',
    default: '`30s`',
    environment: '',
  },
  backgroundJobs: {
    meaning: '`false` makes the process web-only: it adds jobs and runs none.',
    default: '`true`',
    environment: 'ENABLE_BACKGROUND_JOBS',
  },
  metrics: {
    meaning:
      'Whether this process measures the jobs it runs and writes the figures to Redis every few seconds.',
    default: '`true`',
    environment: '',
  },
  deadLetters: {
    meaning:
      'Whether each job that will not be tried again leaves a record, and how long records are kept: `keep.age`, and `keep.count` for each queue.',
    default: '`true`, 30 days, 200,000',
    environment: '',
  },
  bodies: {
    meaning:
      'Where the bodies of large payloads lie: `stores`, of `fileBodies`, `s3Bodies` and `redisBodies`. The first is written to unless a queue names another one (`payload.offloadTo`); all are read, and so is the Redis of the coordinator, as the store `redis`. `grace`: how long a body is kept after nothing refers to it any more; at least 10 minutes, and longer than the age of a backup of Redis that you would restore.',
    default: 'the Redis of the coordinator, `24h`',
    environment: '',
  },
  telemetry: {
    meaning:
      "BullMQ's own `telemetry`, such as `new BullMQOtel('shop')` of `bullmq-otel`: handed as it is to every queue, worker and flow producer. A processor may have its own.",
    default: 'none',
    environment: '',
  },
  logger: {
    meaning: 'A pino-like logger, or `false` for silence.',
    default: 'pino, pretty on a terminal, JSON elsewhere',
    environment: '',
  },
} as const;

OPTIONS satisfies Record<
  keyof CoordinatorOptions,
  { meaning: string; default: string; environment: string }
>;
