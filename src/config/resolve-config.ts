/**
 * Options and environment → one frozen, validated `Config`.
 *
 * The only place that reads `process.env`. Options win over the environment. Whatever is wrong is said at
 * construction, with the option's name, the value and what to do; a value that may be secret is not shown.
 */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Telemetry } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { closest } from '../base/closest.ts';
import { parseDuration, parseSize } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
import { DEFAULT_BULL_PREFIX } from '../keys.ts';
import { AGES_MS, MOST_KEPT } from './ages.ts';
import { type BodyStore, OWN_STORE } from './body-store.ts';
import { type CoordinatorOptions, type Logger, OPTIONS, type WhenDown } from './options.ts';
import { type RedisParts, resolveAddress } from './redis-address.ts';

/** Everything that was decided before the first socket opens. */
export interface Config {
  readonly name: string;
  /** Of the application, '' when it has none. */
  readonly appVersion: string;
  readonly host: string;
  readonly pid: number;
  readonly prefix: string;
  readonly coordinatorPrefix: string;
  /** What may be shown of the address; null when no Redis is configured. */
  readonly address: { readonly host: string; readonly port: number } | null;
  /** What clients are made of; null when no Redis is configured. May hold the password: never print it. */
  readonly target: RedisTarget | null;
  readonly lazy: boolean;
  readonly reconnect: { minDelayMs: number; maxDelayMs: number; maxAttempts: number };
  readonly readOnly: boolean;
  readonly allowEviction: boolean;
  readonly whenDown: WhenDown;
  readonly spool: { readonly folder: string; readonly maxJobs: number; readonly maxBytes: number };
  readonly addTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly readyWithinMs: number;
  readonly backgroundJobs: boolean;
  /** Whether this process measures its jobs. */
  readonly metrics: boolean;
  /** How long records of dead letters are kept, and how many for each queue; undefined when none are written. */
  readonly deadLetters: { readonly keepMs: number; readonly keepCount: number } | undefined;
  readonly bodies: {
    /** The first is the one that is written to; without any it is the coordinator's Redis. */
    readonly stores: readonly BodyStore[];
    readonly graceMs: number;
  };
  /** For BullMQ, which does all with it. */
  readonly telemetry: Telemetry | undefined;
  /** Whether a person reads the logs on a terminal. */
  readonly isTerminal: boolean;
  readonly logger: Logger | false | undefined;
  /** Level of the default logger. */
  readonly logLevel: string;
}

/** Options for ioredis, or an instance to copy. */
export type RedisTarget =
  | { readonly options: Readonly<Record<string, unknown>> }
  | { readonly copyOf: Redis };

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const duration = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const ms = parseDuration(value);
    if (ms === undefined || ms < 1) {
      context.addIssue('is no duration: give milliseconds, or a string such as "30s" or "5m"');
      return z.NEVER;
    }
    return ms;
  })
  .optional();

const size = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const bytes = parseSize(value);
    if (bytes === undefined || bytes < 1) {
      context.addIssue('is no size: give bytes, or a string such as "64kb" or "256mb"');
      return z.NEVER;
    }
    return bytes;
  })
  .optional();

const prefix = z
  .string()
  .regex(/^[^\s]+$/, 'must not be empty or hold blanks')
  .optional();
const port = z.number().int().min(1).max(65_535);

const schema = z.strictObject({
  name: z.string().min(1, 'must not be empty').optional(),
  version: z.string().min(1, 'must not be empty').max(100, 'must be at most 100 long').optional(),
  redisUrl: z.string().optional(),
  redis: z
    .strictObject({
      host: z.string().optional(),
      port: port.optional(),
      username: z.string().optional(),
      password: z.string().optional(),
      db: z.number().int().min(0).optional(),
      tls: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
      path: z.string().optional(),
      sentinels: z
        .array(z.object({ host: z.string(), port }))
        .min(1)
        .optional(),
      sentinelName: z.string().optional(),
      sentinelPassword: z.string().optional(),
    })
    .optional(),
  connection: z.custom<Redis>(isIoredis, 'must be an ioredis instance').optional(),
  prefix,
  coordinatorPrefix: prefix,
  lazy: z.boolean().optional(),
  reconnect: z
    .strictObject({
      minDelay: duration,
      maxDelay: duration,
      maxAttempts: z
        .union([z.literal(Number.POSITIVE_INFINITY), z.number().int().min(1)])
        .optional(),
    })
    .optional(),
  readOnly: z.boolean().optional(),
  allowEviction: z.boolean().optional(),
  whenDown: z.enum(['fail', 'wait', 'spool']).optional(),
  spool: z
    .strictObject({
      path: z.string().min(1, 'must not be empty').optional(),
      maxJobs: z.number().int().min(1).optional(),
      maxBytes: size,
    })
    .optional(),
  addTimeoutMs: duration,
  shutdownTimeoutMs: duration,
  readyWithinMs: duration,
  backgroundJobs: z.boolean().optional(),
  metrics: z.boolean().optional(),
  deadLetters: z
    .union([
      z.boolean(),
      z.strictObject({
        keep: z
          .strictObject({ age: duration, count: z.number().int().min(1).optional() })
          .optional(),
      }),
    ])
    .optional(),
  bodies: z
    .strictObject({
      stores: z
        .array(
          z.custom<BodyStore>(isBodyStore, 'must be made by fileBodies, s3Bodies or redisBodies'),
        )
        .optional(),
      grace: duration,
    })
    .optional(),
  telemetry: z
    .custom<Telemetry>(isTelemetry, "must be BullMQ's Telemetry, with tracer and contextManager")
    .optional(),
  logger: z
    .union([z.literal(false), z.custom<Logger>(isLogger, 'must be a pino-like logger or false')])
    .optional(),
});

/** Validates options, fills in the environment and the defaults. Throws `CONFIG_INVALID`. */
export function resolveConfig(
  options: CoordinatorOptions = {},
  environment: Environment = process.env,
): Config {
  const parsed = parseOptions(options);
  const { connection } = parsed;
  if (connection && 'isCluster' in connection && connection.isCluster)
    throw new CoordinatorError(
      'NOT_SUPPORTED',
      'connection is an ioredis Cluster, which this version does not run on yet: give a single Redis or Sentinels',
    );
  if (connection?.options.keyPrefix)
    throw invalid(
      'connection',
      `has the keyPrefix "${connection.options.keyPrefix}", which BullMQ cannot work with: use the prefix option instead`,
    );
  const named = connection ? undefined : addressOf(parsed, environment);
  const {
    minDelay = 50,
    maxDelay = 2_000,
    maxAttempts = Number.POSITIVE_INFINITY,
  } = parsed.reconnect ?? {};
  if (minDelay > maxDelay)
    throw invalid('reconnect.minDelay', `${minDelay} ms is more than maxDelay (${maxDelay} ms)`);
  return Object.freeze({
    name: parsed.name ?? environment.DROVER_NAME ?? 'drover',
    appVersion:
      parsed.version ?? environment.DROVER_APP_VERSION ?? environment.npm_package_version ?? '',
    host: hostname(),
    pid: process.pid,
    prefix: parsed.prefix ?? environment.DROVER_PREFIX ?? DEFAULT_BULL_PREFIX,
    coordinatorPrefix:
      parsed.coordinatorPrefix ?? environment.DROVER_COORDINATOR_PREFIX ?? 'coordinator',
    address: connection
      ? { host: connection.options.host ?? 'localhost', port: connection.options.port ?? 6379 }
      : named
        ? { host: named.host, port: named.port }
        : null,
    target: connection ? { copyOf: connection } : named ? { options: named.client } : null,
    lazy: parsed.lazy ?? false,
    reconnect: { minDelayMs: minDelay, maxDelayMs: maxDelay, maxAttempts },
    readOnly: parsed.readOnly ?? false,
    allowEviction: parsed.allowEviction ?? false,
    whenDown: parsed.readOnly ? 'fail' : (parsed.whenDown ?? 'fail'),
    spool: {
      folder: resolve(parsed.spool?.path ?? environment.DROVER_SPOOL_PATH ?? '.drover/spool'),
      maxJobs: parsed.spool?.maxJobs ?? 100_000,
      maxBytes: parsed.spool?.maxBytes ?? 256 * 1024 * 1024,
    },
    addTimeoutMs: parsed.addTimeoutMs ?? 2_000,
    shutdownTimeoutMs: parsed.shutdownTimeoutMs ?? 25_000,
    readyWithinMs: parsed.readyWithinMs ?? 30_000,
    backgroundJobs: parsed.backgroundJobs ?? flag(environment, 'ENABLE_BACKGROUND_JOBS') ?? true,
    metrics: parsed.metrics ?? true,
    deadLetters: deadLettersOf(parsed.deadLetters ?? true),
    bodies: bodiesOf(parsed.bodies),
    telemetry: parsed.telemetry,
    isTerminal: process.stdout.isTTY === true,
    logger: parsed.logger,
    logLevel: environment.LOG_LEVEL || 'info',
  });
}

function deadLettersOf(
  given: NonNullable<z.infer<typeof schema>['deadLetters']>,
): Config['deadLetters'] {
  if (given === false) return undefined;
  const { age, count } = given === true ? {} : (given.keep ?? {});
  return { keepMs: age ?? AGES_MS.deadLetters, keepCount: count ?? MOST_KEPT.deadLetters };
}

const GRACE = { usualMs: 24 * 60 * 60_000, leastMs: 10 * 60_000 };
const STORE_NAME = /^[A-Za-z0-9-]{1,16}$/;

function bodiesOf(given: z.infer<typeof schema>['bodies']): Config['bodies'] {
  const { stores = [], grace: graceMs = GRACE.usualMs } = given ?? {};
  if (graceMs < GRACE.leastMs)
    throw invalid(
      'bodies.grace',
      `is ${graceMs} ms: give at least 10 minutes, so that no body is deleted before its job is added`,
    );
  const names = new Set<string>([OWN_STORE]);
  for (const { name } of stores) {
    if (!STORE_NAME.test(name))
      throw invalid(
        'bodies.stores',
        `has one named ${JSON.stringify(name)}: give letters, digits and "-", at most 16`,
      );
    if (name === OWN_STORE)
      throw invalid(
        'bodies.stores',
        `has one named "${OWN_STORE}", which is the Redis of the coordinator: give another name`,
      );
    if (names.has(name))
      throw invalid('bodies.stores', `has two named "${name}": give each a name of its own`);
    names.add(name);
  }
  return Object.freeze({ stores: Object.freeze([...stores]), graceMs });
}

function parseOptions(options: CoordinatorOptions): z.infer<typeof schema> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0]!;
    const meant = path === '' ? closest(unknown, Object.keys(OPTIONS)) : undefined;
    throw invalid(
      [path, unknown].filter(Boolean).join('.'),
      `is no option${meant ? `: did you mean "${meant}"?` : ''}`,
    );
  }
  throw invalid(path || 'options', issue.message);
}

function addressOf(parsed: z.infer<typeof schema>, environment: Environment) {
  const url = parsed.redisUrl || undefined;
  if (url || parsed.redis) return resolveAddress(url, parsed.redis as RedisParts | undefined);
  return resolveAddress(environment.REDIS_URL || undefined, partsFrom(environment));
}

function partsFrom(environment: Environment): RedisParts | undefined {
  const host = environment.REDIS_HOST || undefined;
  const portText = environment.REDIS_PORT || undefined;
  if (!host && !portText) return undefined;
  return {
    host,
    port: portText === undefined ? undefined : integer('REDIS_PORT', portText),
    username: environment.REDIS_USERNAME || undefined,
    password: environment.REDIS_PASSWORD || undefined,
    db: environment.REDIS_DB ? integer('REDIS_DB', environment.REDIS_DB) : undefined,
    tls: flag(environment, 'REDIS_TLS'),
  };
}

function integer(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw invalid(name, `must be a whole number, got "${text}"`);
  return Number(text);
}

function flag(environment: Environment, name: string): boolean | undefined {
  const text = environment[name]?.toLowerCase();
  if (text === undefined || text === '') return undefined;
  if (['true', '1', 'yes', 'on'].includes(text)) return true;
  if (['false', '0', 'no', 'off'].includes(text)) return false;
  throw invalid(name, `must be true or false, got "${text}"`);
}

function isIoredis(value: unknown): value is Redis {
  return typeof (value as Redis | undefined)?.duplicate === 'function';
}

function isTelemetry(value: unknown): value is Telemetry {
  const { tracer, contextManager } = (value ?? {}) as Partial<Telemetry>;
  return typeof tracer?.startSpan === 'function' && typeof contextManager?.with === 'function';
}

function isBodyStore(value: unknown): value is BodyStore {
  const { put, get, list, delete: remove } = (value ?? {}) as Partial<BodyStore>;
  return [put, get, list, remove].every((method) => typeof method === 'function');
}

function isLogger(value: unknown): value is Logger {
  return typeof (value as Logger | undefined)?.info === 'function';
}

function invalid(option: string, problem: string): CoordinatorError {
  return new CoordinatorError('CONFIG_INVALID', `${option} ${problem}`);
}
