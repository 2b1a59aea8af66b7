/**
 * Where a command works and how it answers: flag > environment > project file > user file > default.
 *
 * The first of these that names a Redis or a server decides. The project file comes with a folder, which may be anybody's:
 * a server that it names never gets a token that it does not hold itself, and no file that it names is read as a token for
 * it. Otherwise to call `drover` in a folder that was downloaded would hand over the rights of its user.
 *
 * What may hold a password is kept apart from what may be shown: `redisUrl` and `token` must never be printed, and
 * `where` may. A project file that nobody has named may be a stranger's, in a folder that was only looked at: it must
 * neither send the user's own token to a server of its choice, nor files from outside of its folder.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { parseDuration } from '../base/units.ts';
import { CoordinatorError, messageOf } from '../errors.ts';

/** Everything that was decided before anything is asked. */
export interface Settings {
  /** May hold a password. */
  readonly redisUrl: string | undefined;
  readonly server: string | undefined;
  readonly token: string | undefined;
  readonly prefix: string | undefined;
  readonly coordinatorPrefix: string | undefined;
  readonly timeoutMs: number;
  /** Whether a Redis that cannot be reached is waited for as long as `timeoutMs`. @default not when it is hopeless */
  readonly isPatient?: boolean;
  readonly output: 'json' | 'plain' | 'people';
  /** Whether somebody is there to be asked. */
  readonly canAsk: boolean;
  readonly isConfirmed: boolean;
  readonly isDryRun: boolean;
  readonly isDetached: boolean;
  readonly isColoured: boolean;
  /** Of the output; what is wider is cut only for people. */
  readonly columns: number;
  /** Texts that must not be shown. */
  readonly secrets: readonly string[];
  /** For people: `redis://127.0.0.1:6379/0`. */
  readonly where: string;
}

/** What the process is given. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly isInputTerminal: boolean;
  readonly isOutputTerminal: boolean;
  readonly columns: number | undefined;
  /** The first line of the input. */
  readonly readInput: () => string;
}

const TEXTS = [
  ...['redisUrl', 'redisFile', 'server', 'token', 'tokenFile'],
  ...['prefix', 'coordinatorPrefix', 'timeout'],
] as const;
type File = Partial<Record<string, string>>;

const DEFAULT_TIMEOUT = '10s';

/** The settings of a command line. Throws CONFIG_INVALID. */
export function resolveSettings(
  flags: Readonly<Record<string, unknown>>,
  around: Surroundings,
): Settings {
  const { env } = around;
  const text = (name: string): string | undefined => flags[name] as string | undefined;
  const project = projectFile(text('config'), around);
  const files = [project, userFile(around)];
  const set = (name: string, variable?: string): string | undefined =>
    text(name) ??
    ((variable && env[variable]) || undefined) ??
    files.find((file) => file[name] !== undefined)?.[name];
  const redisUrl = flags.redisStdin
    ? around.readInput().trim()
    : (text('redis') ??
      fromFile(text('redisFile'), around) ??
      (env.REDIS_URL || undefined) ??
      urlOfParts(env) ??
      firstOf(files, (file) => file.redisUrl ?? fromFile(file.redisFile, around)));
  if (flags.redisStdin && redisUrl === '')
    throw invalid('--redis-stdin', 'got no line: write the address to the input');
  // Whoever names a Redis means that one, whatever a file says of a server.
  const isRedisNamed = Boolean(text('redis') ?? text('redisFile') ?? flags.redisStdin);
  if (isRedisNamed && text('server'))
    throw invalid('--server', 'and --redis exclude each other: give one of them');
  const named = text('server') ?? (isRedisNamed ? undefined : env.DROVER_SERVER || undefined);
  const isRedisSet = isRedisNamed || Boolean(env.REDIS_URL || urlOfParts(env));
  const inFiles = isRedisSet ? undefined : files.find(namesPlace)?.server;
  const server = named ?? inFiles;
  const isOfProject = !named && Boolean(project.server) && server === project.server;
  const token =
    set('token', 'DROVER_TOKEN') ?? firstOf(files, (file) => fromFile(file.tokenFile, around));
  if (isOfProject && !text('config') && !text('token') && token && token !== project.token)
    throw invalid(
      'The server',
      'that the settings of this folder name gets no token that was not given for it: give --server or DROVER_SERVER, or --token',
    );
  const timeout = set('timeout') ?? DEFAULT_TIMEOUT;
  const timeoutMs = parseDuration(timeout);
  if (timeoutMs === undefined || timeoutMs < 1 || timeoutMs > 600_000)
    throw invalid('--timeout', `"${timeout}" is no duration from 1ms to 10m, such as 10s`);
  return {
    redisUrl,
    server: server && checkedServer(server),
    token,
    prefix: set('prefix', 'DROVER_PREFIX'),
    coordinatorPrefix: set('coordinatorPrefix', 'DROVER_COORDINATOR_PREFIX'),
    timeoutMs,
    output: flags.json ? 'json' : flags.plain ? 'plain' : 'people',
    canAsk: flags.input !== false && around.isInputTerminal && !flags.redisStdin,
    isConfirmed: flags.yes === true,
    isDryRun: flags.dryRun === true,
    isDetached: flags.detach === true,
    isColoured: around.isOutputTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    columns: around.isOutputTerminal ? (around.columns ?? 80) : Number.POSITIVE_INFINITY,
    secrets: secretsOf(redisUrl, token),
    where: server ? shownUrl(server) : redisUrl ? shownUrl(redisUrl) : 'no Redis',
  };
}

function namesPlace({ server, redisUrl, redisFile }: File): boolean {
  return Boolean(server ?? redisUrl ?? redisFile);
}

/** An address without user and password. */
export function shownUrl(text: string): string {
  try {
    const url = new URL(text);
    return `${url.protocol}//${url.host}${url.pathname}`;
  } catch {
    return 'an address that cannot be read';
  }
}

/** Every form in which a password could turn up in a text. */
function secretsOf(redisUrl: string | undefined, token: string | undefined): string[] {
  const passwords = token ? [token] : [];
  if (redisUrl) {
    const typed = /:\/\/[^:@/]*:(.*)@/.exec(redisUrl)?.[1];
    if (typed) passwords.push(typed, decoded(typed), encodeURIComponent(decoded(typed)));
  }
  return [...new Set(passwords)].filter((each) => each !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function checkedServer(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid('--server', 'is no URL: write it as https://drover.example.org');
  }
  if (!['http:', 'https:'].includes(url.protocol))
    throw invalid('--server', `starts with "${url.protocol}//": use http:// or https://`);
  if (url.username || url.password)
    throw invalid('--server', 'holds a password: give a token, in DROVER_TOKEN');
  return text.replace(/\/+$/, '');
}

/** The parts that applications are configured with, as a URL. */
function urlOfParts(env: Surroundings['env']): string | undefined {
  const { REDIS_HOST: host, REDIS_PORT: port } = env;
  if (!host && !port) return undefined;
  const user = encodeURIComponent(env.REDIS_USERNAME ?? '');
  const password = encodeURIComponent(env.REDIS_PASSWORD ?? '');
  const login = user || password ? `${user}:${password}@` : '';
  const scheme = /^(?:true|1|yes|on)$/i.test(env.REDIS_TLS ?? '') ? 'rediss' : 'redis';
  return `${scheme}://${login}${host || 'localhost'}:${port || 6379}/${env.REDIS_DB || 0}`;
}

function projectFile(named: string | undefined, { cwd }: Surroundings): File {
  if (named !== undefined) {
    const path = resolve(cwd, named);
    const content = readJson(path);
    if (content === undefined) throw invalid('--config', `there is no file ${path}`);
    return checkedFile(content, path);
  }
  const own = join(cwd, 'drover.config.json');
  const content = readJson(own);
  if (content !== undefined) return ownFiles(checkedFile(content, own), own, cwd);
  const manifest = join(cwd, 'package.json');
  const { drover } = (readJson(manifest, true) ?? {}) as { drover?: unknown };
  if (drover === undefined) return {};
  const shown = `"drover" in ${manifest}`;
  return ownFiles(checkedFile(drover, shown), shown, cwd);
}

/** The same when it names only files below its folder. */
function ownFiles(file: File, path: string, folder: string): File {
  for (const name of ['redisFile', 'tokenFile']) {
    const named = file[name];
    if (named !== undefined && !isBelow(folder, resolve(folder, named)))
      throw invalid(
        path,
        `has a "${name}" outside of its folder: name that in your own configuration, or this file by --config`,
      );
  }
  return file;
}

function isBelow(folder: string, path: string): boolean {
  const real = (each: string): string => {
    try {
      return realpathSync(each);
    } catch {
      return each; // Not there: told when it is read.
    }
  };
  const way = relative(real(folder), real(path));
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

function userFile({ env }: Surroundings): File {
  const folder = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  const path = join(folder, 'drover', 'config.json');
  const content = readJson(path);
  return content === undefined ? {} : checkedFile(content, path);
}

function checkedFile(content: unknown, path: string): File {
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw invalid(path, 'is no JSON object');
  for (const [name, value] of Object.entries(content)) {
    if (!(TEXTS as readonly string[]).includes(name))
      throw invalid(path, `has "${name}", which is no setting: there are ${TEXTS.join(', ')}`);
    if (typeof value !== 'string') throw invalid(path, `has a "${name}" that is no text`);
  }
  return content as File;
}

function readJson(path: string, isLenient = false): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (isLenient) return undefined;
    // The parser quotes what it met, which may be a password.
    throw invalid(path, 'is no JSON', error);
  }
}

function fromFile(path: string | undefined, { cwd }: Surroundings): string | undefined {
  if (path === undefined) return undefined;
  try {
    const [line = ''] = readFileSync(resolve(cwd, path), 'utf8').split('\n');
    return line.trim();
  } catch (error) {
    throw invalid(path, `cannot be read: ${messageOf(error)}`);
  }
}

function firstOf(
  files: readonly File[],
  of: (file: File) => string | undefined,
): string | undefined {
  for (const file of files) {
    const found = of(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

function invalid(what: string, problem: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError('CONFIG_INVALID', `${what} ${problem}`, { cause });
}
