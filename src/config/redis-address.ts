/**
 * Where Redis is: from a URL, from parts, or from Sentinels, to the options of ioredis.
 *
 * Pure. The URL wins over the parts, missing parts default to localhost, 6379, database 0; only when
 * nothing names a Redis is there no address. Messages never contain the password, nor a URL that may hold
 * one.
 */
import { CoordinatorError } from '../errors.ts';

/** The parts of an address; all optional, as in the environment. */
export interface RedisParts {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly db?: number | undefined;
  /** `true` for TLS with the system's authorities, or the options of `tls.connect`. */
  readonly tls?: boolean | Readonly<Record<string, unknown>> | undefined;
  /** Path of a unix socket, instead of host and port. */
  readonly path?: string | undefined;
  /** Sentinels to ask for the primary named `sentinelName`. */
  readonly sentinels?: readonly { host: string; port: number }[] | undefined;
  readonly sentinelName?: string | undefined;
  readonly sentinelPassword?: string | undefined;
}

/** An address as ioredis takes it, with what may be shown of it. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** Options for ioredis; contains the password, never print it. */
  readonly client: Readonly<Record<string, unknown>>;
}

const SCHEMES = ['redis:', 'rediss:', 'unix:'];

/** The address named by a URL or by parts, or `undefined` when neither names one. */
export function resolveAddress(
  url: string | undefined,
  parts: RedisParts | undefined,
): RedisAddress | undefined {
  if (url) return fromUrl(url);
  if (!parts || Object.values(parts).every((part) => part === undefined)) return undefined;
  return fromParts(parts);
}

function fromUrl(text: string): RedisAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid('is not a URL', 'write it as redis://user:password@host:6379/0');
  }
  if (!SCHEMES.includes(url.protocol))
    throw invalid(`starts with "${url.protocol}//"`, 'use redis://, rediss:// (TLS) or unix://');
  const decode = (part: string): string | undefined =>
    part ? decodeURIComponent(part) : undefined;
  const query = url.searchParams;
  const credentials = { username: decode(url.username), password: decode(url.password) };
  if (url.protocol === 'unix:') {
    const db = databaseOf(query.get('db') ?? '0');
    return fromParts({ path: decodeURIComponent(url.pathname), ...credentials, db });
  }
  return fromParts({
    host: decode(url.hostname.replace(/^\[|\]$/g, '')),
    port: url.port ? Number(url.port) : undefined,
    ...credentials,
    db: databaseOf(url.pathname.slice(1) || (query.get('db') ?? '0')),
    tls: url.protocol === 'rediss:',
  });
}

function databaseOf(text: string): number {
  if (!/^\d{1,5}$/.test(text))
    throw invalid(
      `names the database "${text}"`,
      'a database is a number, e.g. redis://host:6379/0',
    );
  return Number(text);
}

function fromParts(parts: RedisParts): RedisAddress {
  const host = parts.host ?? 'localhost';
  const port = parts.port ?? 6379;
  const { path, sentinels } = parts;
  if (sentinels && !parts.sentinelName)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      'redis.sentinels needs redis.sentinelName, the name under which the Sentinels know the primary (often "mymaster")',
    );
  const target = sentinels
    ? { sentinels, name: parts.sentinelName, sentinelPassword: parts.sentinelPassword }
    : path
      ? { path }
      : { host, port };
  const client = {
    ...target,
    username: parts.username,
    password: parts.password,
    db: parts.db ?? 0,
    tls: parts.tls === true ? {} : parts.tls || undefined,
  };
  const known = Object.entries(client).filter(([, value]) => value !== undefined);
  return { host: path ?? sentinels?.[0]?.host ?? host, port, client: Object.fromEntries(known) };
}

function invalid(what: string, remedy: string): CoordinatorError {
  return new CoordinatorError('CONFIG_INVALID', `redisUrl ${what}: ${remedy}`);
}
