/**
 * Why a Redis cannot be reached: refused, timed out, name, TLS, password, too many clients, protected, loading, silent, or
 * no Redis at all.
 *
 * Makes a connection of its own, at most for some seconds, and says one thing. `tellApart` is the decision and knows no
 * socket. No text of it holds a password or a URL.
 */
import { lookup } from 'node:dns/promises';
import { withDeadline } from '../base/wait.ts';
import type { Finding } from './examine.ts';
import { askRaw, isForeign, parseReplies, type RawAnswer, type RawTarget } from './raw-redis.ts';

/** Where a Redis should be, and who asks. */
export interface Target extends RawTarget {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** What was tried. */
export interface Attempt {
  readonly target: RawTarget;
  readonly hasPassword: boolean;
  /** Code of the error with which the name was not resolved; null when it was, or is an address. */
  readonly dnsError: string | null;
  /** As configured, with AUTH and PING. */
  readonly asked: RawAnswer | null;
  /** The other way round: without TLS, or with it; null when it was not needed. */
  readonly otherWay: RawAnswer | null;
}

/** One reason with what to do. `code` is stable. */
export interface Unreachable {
  readonly code: UnreachableCode;
  readonly seen: string;
  readonly remedy: readonly string[];
}

/** Reasons. */
export type UnreachableCode =
  | 'refused'
  | 'timed-out'
  | 'dns'
  | 'tls-certificate'
  | 'tls-handshake'
  | 'tls-needed'
  | 'tls-not-spoken'
  | 'password-needed'
  | 'password-wrong'
  | 'too-many-clients'
  | 'protected'
  | 'loading'
  | 'silent'
  | 'not-redis'
  | 'no-socket'
  | 'closed'
  | 'answers';

const TRY_MS = 3_000;
const DNS_MS = 2_000;

/** Tries, and says why it cannot be reached; `answers` when it can be. Never rejects; takes 8 s at most. */
export async function diagnose(target: Target): Promise<Finding> {
  const attempt = await tryOut(target);
  return toFinding(tellApart(attempt));
}

async function tryOut(target: Target): Promise<Attempt> {
  const { host, port, path, tls, username, password } = target;
  const plain: RawTarget = { host, port, ...(path !== undefined && { path }), ...(tls && { tls }) };
  const base = { target: plain, hasPassword: password !== undefined, otherWay: null };
  const dnsError = path === undefined ? await dnsErrorOf(host) : null;
  if (dnsError !== null) return { ...base, dnsError, asked: null };
  const auth = password === undefined ? [] : [['AUTH', ...(username ? [username] : []), password]];
  const asked = await askRaw(plain, [...auth, ['PING'], ['INFO', 'persistence']], TRY_MS);
  const isUnclear =
    parseReplies(asked.text).length === 0 && path === undefined && (asked.isConnected || tls);
  const other = { host, port, tls: tls ? undefined : { rejectUnauthorized: false } };
  return {
    ...base,
    dnsError,
    asked,
    otherWay: isUnclear ? await askRaw(other, [['PING']], TRY_MS) : null,
  };
}

async function dnsErrorOf(host: string): Promise<string | null> {
  try {
    const found = await withDeadline(lookup(host), DNS_MS);
    return found.settled ? null : 'ETIMEOUT';
  } catch (error) {
    return (error as { code?: string }).code ?? 'ENOTFOUND';
  }
}

/** What an attempt means. */
export function tellApart({
  target,
  hasPassword,
  dnsError,
  asked,
  otherWay,
}: Attempt): Unreachable {
  const where = target.path ?? `${target.host}:${target.port}`;
  const is = (code: UnreachableCode, seen: string): Unreachable => ({
    code,
    seen: `${where}: ${seen}`,
    remedy: REMEDIES[code](target),
  });
  if (dnsError !== null || !asked) return is('dns', `the name has no address (${dnsError})`);
  const { text, error } = asked;
  if (text !== '' && isForeign(text) && !target.tls && text.charCodeAt(0) === 0x15)
    return is('tls-needed', 'the server speaks TLS, and this connection does not');
  if (isForeign(text))
    return is(
      'not-redis',
      `something else than Redis answers: ${JSON.stringify(text.slice(0, 30))}`,
    );
  const errors = parseReplies(text).filter(
    (reply): reply is string => typeof reply === 'string' && reply.startsWith('-'),
  );
  if (errors.length > 0) return ofReply(errors, text, hasPassword, is);
  if (parseReplies(text).length > 0) return is('answers', 'it answers');
  if (error?.code === 'ECONNREFUSED') return is('refused', 'nothing listens there (ECONNREFUSED)');
  if (error?.code === 'ENOENT' || error?.code === 'EACCES')
    return is('no-socket', `the socket cannot be opened (${error.code})`);
  if (target.tls && error && /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY/.test(error.code ?? ''))
    return is('tls-certificate', `its certificate is not accepted (${error.code})`);
  if (otherWay && /^[+-]/.test(otherWay.text))
    return target.tls
      ? is('tls-not-spoken', 'the server does not speak TLS, and this connection does')
      : is('tls-needed', 'the server speaks TLS, and this connection does not');
  if (otherWay && !target.tls && otherWay.isConnected)
    return is('tls-needed', 'the server speaks TLS, and this connection does not');
  if (target.tls && error)
    return is('tls-handshake', `TLS was not agreed on (${error.code ?? 'no code'})`);
  if (!asked.isConnected && otherWay?.isConnected)
    return is('silent', 'it takes the connection and never answers, not even to TLS');
  if (!asked.isConnected) return is('timed-out', `no connection within ${TRY_MS / 1_000} s`);
  return asked.isLate
    ? is('silent', 'it takes the connection and never answers')
    : is('closed', 'it takes the connection and closes it without a word');
}

function ofReply(
  errors: readonly string[],
  text: string,
  hasPassword: boolean,
  is: (code: UnreachableCode, seen: string) => Unreachable,
): Unreachable {
  const said = errors.join(' ');
  if (/max number of clients/.test(said))
    return is('too-many-clients', 'max number of clients reached');
  if (/^-DENIED|protected mode/.test(said))
    return is('protected', 'it is in protected mode and lets only its own machine in');
  if (/WRONGPASS|invalid password|without any password configured/i.test(said))
    return is('password-wrong', 'user or password is wrong, or the user is off (WRONGPASS)');
  if (/NOAUTH/.test(said))
    return hasPassword
      ? is('password-wrong', 'the password was not accepted')
      : is('password-needed', 'it asks for a password (NOAUTH)');
  if (/LOADING/.test(said)) {
    const left = /loading_eta_seconds:(\d+)/.exec(text)?.[1];
    return is(
      'loading',
      `it is reading its data (LOADING${left === undefined ? '' : `, about ${left} s to go`})`,
    );
  }
  // It answers: READONLY, MISCONF, BUSY, NOPERM are states, told by the other checks.
  return is('answers', `it answers (${/^-(\w+)/.exec(said)?.[1]})`);
}

const start =
  'sudo systemctl start redis (Linux), brew services start redis (macOS), docker run -d -p 6379:6379 redis:alpine';
const ping = ({ host, port, path }: RawTarget): string =>
  path === undefined
    ? `redis-cli -h ${host} -p ${port} ping (should answer PONG)`
    : `redis-cli -s ${path} ping (should answer PONG)`;

const REMEDIES: Readonly<Record<UnreachableCode, (target: RawTarget) => readonly string[]>> = {
  refused: (target) => [
    `Start Redis: ${start}`,
    ping(target),
    'Correct host and port in REDIS_URL',
  ],
  'timed-out': (target) => [
    ping(target),
    `netstat -an | grep ${target.port} (on the server: does it listen?)`,
    'Open the firewall or security group for this port, and look at `bind` in redis.conf',
  ],
  dns: ({ host }) => [
    `getent hosts ${host}`,
    'Correct the name in REDIS_URL; in containers use the name of the service',
  ],
  'tls-certificate': () => [
    'Give the authority that signed it: redis.tls.ca, or NODE_EXTRA_CA_CERTS=<file>; do not switch verification off',
    'Connect by the name that the certificate has',
  ],
  'tls-handshake': ({ host, port }) => [
    `openssl s_client -connect ${host}:${port}`,
    'Where tls-auth-clients is on, give a client certificate: redis.tls.cert and key',
  ],
  'tls-needed': () => ['Write rediss:// instead of redis:// in REDIS_URL'],
  'tls-not-spoken': () => [
    'Write redis:// instead of rediss:// in REDIS_URL, or use the tls-port of the server',
  ],
  'password-needed': () => [
    'Set user and password: REDIS_URL=redis://drover-app:PASSWORD@host:6379',
  ],
  'password-wrong': () => [
    'Correct user and password in REDIS_URL: redis://user:password@host:port',
    'redis-cli ACL GETUSER <user> (as an administrator: is it on?); redis-cli ACL SETUSER <user> on',
  ],
  'too-many-clients': () => [
    'redis-cli INFO clients (connected_clients), redis-cli CLIENT LIST (whose they are)',
    'redis-cli CONFIG SET maxclients 10000, or run fewer workers; share connections as Drover does',
    'npx drover redis connections, once you are in',
  ],
  protected: () => [
    'Set a password and `bind` to the private address; then protected-mode does not apply',
    'npx drover doctor on its own machine prints the user to make (CFG05)',
  ],
  loading: () => ['Wait: redis-cli INFO persistence shows loading_eta_seconds'],
  silent: (target) => [
    ping(target),
    'Redis stands still (a script, a disk, SIGSTOP) or the way to it is cut: look at its process, its log and its machine',
    'Connections are given up by themselves after 20 s without an answer',
  ],
  'not-redis': () => ['Correct the port in REDIS_URL: this one belongs to another program'],
  'no-socket': ({ path }) => [
    `ls -l ${path}`,
    'Start Redis with `unixsocket`, or correct the path and the rights of the socket',
  ],
  closed: (target) => [
    ping(target),
    "See the server's log: it may be in protected mode, out of clients, or expect TLS",
  ],
  answers: () => ['Run the doctor again'],
};

function toFinding({ code, seen, remedy }: Unreachable): Finding {
  const isUp = code === 'answers';
  return {
    ...{
      id: code === 'loading' ? 'LOD01' : 'CON00',
      severity: code === 'loading' || isUp ? 'warning' : 'critical',
    },
    title: isUp
      ? 'Redis answers, but this application is not connected yet'
      : 'Redis cannot be reached',
    ...{ seen, remedy, queue: null, isFixable: false },
    why: 'Nothing can be added or fetched; applications go on and connect by themselves once it is there.',
  };
}
