/**
 * BullMQ's `connection` as Drover's words for an address. Pure.
 *
 * Options, a URL and an ioredis instance are taken. Of options the address counts: host, port, path, database, user,
 * password, TLS, Sentinels. How a socket is kept up is Drover's own affair, so what BullMQ's users set for that is
 * dropped without a word: `maxRetriesPerRequest`, `retryStrategy`, `enableReadyCheck`, `enableOfflineQueue`,
 * `lazyConnect`, `connectionName` and the like. An instance is copied with all its options, never used and never closed:
 * so what only an instance can say is refused in options, rather than dropped.
 */
import type { ConnectionOptions, Telemetry } from 'bullmq';
import type { CoordinatorOptions } from '../../config/options.ts';
import { type RedisParts, resolveAddress } from '../../config/redis-address.ts';
import { CoordinatorError } from '../../errors.ts';
import type { ConsumerModuleOptions } from '../module-options.ts';

/** A Redis in Drover's words. */
export type RedisPlace = Pick<CoordinatorOptions, 'redisUrl' | 'redis' | 'connection'>;

/** Names of parts that are the same in both. */
const PARTS = ['host', 'port', 'path', 'username', 'password', 'db', 'tls'] as const;

/** They lead elsewhere, or decide how safely. */
const FOR_INSTANCES = ['sentinelUsername', 'sentinelTLS', 'enableTLSForSentinelMode', 'natMap'];

/**
 * Empty where nothing is given: the environment may name a Redis. An empty object is localhost, as it is to BullMQ.
 * Throws CONFIG_INVALID, and NOT_SUPPORTED for clusters and for clients that are not ioredis.
 */
export function placeOf(connection: ConnectionOptions | string | undefined): RedisPlace {
  if (connection === undefined || connection === null) return {};
  if (typeof connection === 'string') return { redisUrl: connection };
  const given = connection as Record<string, unknown>;
  if (typeof given.duplicate === 'function' && typeof given.options === 'object')
    return { connection: connection as NonNullable<RedisPlace['connection']> };
  if (isClient(given))
    throw new CoordinatorError(
      'NOT_SUPPORTED',
      '`connection` is a client that is not of ioredis: give its address, as options or as a URL',
    );
  if (given.redisOptions !== undefined || given.isCluster)
    throw new CoordinatorError(
      'NOT_SUPPORTED',
      '`connection` names an ioredis Cluster, which this version does not run on yet: give a single Redis or Sentinels',
    );
  checkNoKeyPrefix(given);
  checkSayable(given);
  return { redis: partsOf(withUrl(given)) };
}

/** What BullMQ's options say of where a queue is. */
export interface Place {
  readonly connection?: ConnectionOptions | string | undefined;
  readonly prefix?: string | undefined;
  readonly telemetry?: Telemetry | undefined;
}

/** The options of a root in that place. */
export function rootOptionsOf({ connection, prefix, telemetry }: Place): ConsumerModuleOptions {
  return { ...placeOf(connection), ...(prefix && { prefix }), ...(telemetry && { telemetry }) };
}

function isClient(given: Record<string, unknown>): boolean {
  return ['duplicate', 'connect', 'sendCommand'].some((name) => typeof given[name] === 'function');
}

function checkNoKeyPrefix({ keyPrefix }: Record<string, unknown>): void {
  if (!keyPrefix) return;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `\`connection\` has the keyPrefix "${keyPrefix}", which BullMQ cannot work with: use \`prefix\` instead`,
  );
}

function checkSayable(given: Record<string, unknown>): void {
  const option = FOR_INSTANCES.find((name) => given[name] !== undefined);
  if (option === undefined) return;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `\`connection\` has \`${option}\`, which cannot be said in options here: give an instance of ioredis as \`connection\`, which is copied with all its options`,
  );
}

/** In BullMQ the URL wins over what is said beside it. */
function withUrl({ url, ...beside }: Record<string, unknown>): Record<string, unknown> {
  if (typeof url !== 'string' || url === '') return beside;
  const named = resolveAddress(url, undefined)!.client;
  return { ...beside, ...named, db: named.db || beside.db };
}

function partsOf(given: Record<string, unknown>): RedisParts {
  const { name, sentinels, sentinelPassword } = given;
  const sentinel = sentinels ? { sentinels, sentinelName: name, sentinelPassword } : {};
  const numbers = { port: toNumber(given.port), db: toNumber(given.db) };
  const parts = Object.fromEntries(PARTS.map((part) => [part, given[part]]));
  const said = Object.entries({ ...parts, ...numbers, ...sentinel }).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  return { host: 'localhost', ...Object.fromEntries(said) };
}

/** Many take them from the environment as they are, and ioredis takes them so. */
function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
}
