/**
 * The operations console over any existing deployment: a coordinator without workers, and its HTTP face.
 *
 * Changes nothing unless Redis is on this machine or `--write` says so. Never reachable from other machines without
 * somebody having to say who they are. Redis may be away, at the start too: it heals.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { orAborted } from '../base/wait.ts';
import { resolveAddress } from '../config/redis-address.ts';
import { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { EXIT, UsageError } from './failure.ts';
import { fieldsOf } from './input.ts';
import { openBrowser } from './open-browser.ts';
import type { Work } from './work.ts';

/** How the face is to be served. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** '' is the root. */
  readonly basePath: string;
  readonly readOnly: boolean;
  /** Shown as a badge on every page; undefined: none. */
  readonly environment: string | undefined;
  /** Patterns of queues that are shown; undefined: all. */
  readonly queues: readonly string[] | undefined;
  /** Who gets in; null: whoever is on this machine. */
  readonly login:
    | { readonly kind: 'basic'; readonly user: string; readonly password: string }
    | { readonly kind: 'token' }
    | null;
}

/** Serves; resolves when it listens. Rejects with Node's own error when the port is taken. */
export type ListenHttp = (
  coordinator: Coordinator,
  options: ServeOptions,
) => Promise<{ readonly url: string }>;

interface Wishes {
  readonly port?: number | string;
  readonly host?: string;
  readonly basePath?: string;
  readonly queues?: readonly string[];
  readonly readOnly?: boolean;
  readonly write?: boolean;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly tokenAuth?: boolean;
  readonly environment?: string;
  readonly open?: boolean;
}

const USUAL_PORT = 3_000;
/** So many ports are tried when the usual one is taken. */
const MOST_PORTS = 20;
const SHUTDOWN_MS = 5_000;

/** Serves until SIGTERM or Ctrl-C. */
export async function serve(work: Work, listen: ListenHttp): Promise<number> {
  const { command, typed, settings, console, interrupted } = work;
  const wishes = fieldsOf(command, typed) as Wishes;
  const { redisUrl, prefix, coordinatorPrefix } = settings;
  if (!redisUrl)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      'No Redis is named: set REDIS_URL or give --redis URL',
    );
  const options = resolveServeOptions(wishes, redisUrl, (path) =>
    readFileSync(resolve(path), 'utf8'),
  );
  const coordinator = new Coordinator({
    ...{ redisUrl, name: 'drover-serve', readOnly: options.readOnly, backgroundJobs: false },
    ...{ metrics: false, allowEviction: true, shutdownTimeoutMs: SHUTDOWN_MS },
    ...(prefix && { prefix }),
    ...(coordinatorPrefix && { coordinatorPrefix }),
  });
  const signal = interrupted();
  try {
    await coordinator.start();
    const { url } = await listenSomewhere(coordinator, options, wishes.port !== undefined, listen);
    console.say(banner(url, settings.where, options));
    if (wishes.open !== false && settings.canAsk) openBrowser(url);
    await orAborted(new Promise<never>(() => {}), signal);
  } finally {
    await coordinator.stop({ timeoutMs: SHUTDOWN_MS });
  }
  return EXIT.ok;
}

/** What was wished for, checked. Throws `UsageError`. Pure but for `read`. */
export function resolveServeOptions(
  wishes: Wishes,
  redisUrl: string,
  read: (path: string) => string,
): ServeOptions {
  const { host = '127.0.0.1', port = USUAL_PORT, basePath = '', queues } = wishes;
  const {
    readOnly = false,
    write = false,
    user,
    passwordFile,
    tokenAuth = false,
    environment,
  } = wishes;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port must be a number from 0 to 65535, got ${port}`);
  if (readOnly && write) throw new UsageError('--read-only and --write exclude each other');
  if (tokenAuth && user) throw new UsageError('--token-auth and --user exclude each other');
  if (environment !== undefined && (environment === '' || environment.length > 40))
    throw new UsageError('--environment must have 1 to 40 characters');
  if (queues && !user)
    throw new UsageError('--queues is what --user may see: give --user and --password-file, too');
  if (Boolean(user) !== Boolean(passwordFile))
    throw new UsageError('--user and --password-file go together');
  const password = passwordFile && firstLine(read, passwordFile);
  const login =
    user && password
      ? ({ kind: 'basic', user, password } as const)
      : tokenAuth
        ? ({ kind: 'token' } as const)
        : null;
  if (!login && !isLoopback(host))
    throw new UsageError(
      `${host} can be reached by other machines: give --user with --password-file, or --token-auth`,
    );
  const isNear = isLoopback(resolveAddress(redisUrl, undefined)?.host ?? '');
  const trimmed = basePath.replace(/^\/+|\/+$/g, '');
  return {
    ...{ host, port, queues, login, environment },
    basePath: trimmed === '' ? '' : `/${trimmed}`,
    readOnly: readOnly || !(write || isNear),
  };
}

function firstLine(read: (path: string) => string, path: string): string {
  let text: string;
  try {
    text = read(path).split('\n')[0]!.trim();
  } catch (error) {
    throw new UsageError(`--password-file cannot be read: ${(error as Error).message}`);
  }
  if (text.length < 8) throw new UsageError('--password-file holds fewer than 8 characters');
  return text;
}

/** A name of this machine; the path of a socket is one, too. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\/.*)$/.test(host);
}

async function listenSomewhere(
  coordinator: Coordinator,
  options: ServeOptions,
  isPortGiven: boolean,
  listen: ListenHttp,
): Promise<{ readonly url: string }> {
  for (let { port } = options; ; port++) {
    try {
      return await listen(coordinator, { ...options, port });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isLast = isPortGiven || port >= options.port + MOST_PORTS;
      if (code === 'EADDRINUSE' && !isLast) continue;
      if (code === 'EADDRINUSE')
        throw new UsageError(`Port ${port} is taken: give another one with --port`);
      if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
        throw new UsageError(`Cannot listen on ${options.host}:${port}: ${code}`);
      throw error;
    }
  }
}

/** Where it is, and who may come in. Pure. */
export function banner(url: string, where: string, options: ServeOptions): string {
  const { login, readOnly, queues } = options;
  const who =
    login === null
      ? 'whoever is on this machine'
      : login.kind === 'basic'
        ? `${login.user}, with the password`
        : 'whoever has an API token';
  return [
    `Drover ${VERSION} is at ${url}`,
    `  API:      ${url}/api/v1`,
    `  Redis:    ${where}`,
    `  may come: ${who}`,
    `  changes:  ${readOnly ? 'none (read-only; --write allows them)' : 'allowed'}`,
    ...(queues ? [`  queues:   ${queues.join(', ')}`] : []),
  ].join('\n');
}
