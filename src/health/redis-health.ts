/**
 * How Redis is, as this process knows it. Pure: no question is asked, so the answer never waits.
 */
import type { ConnectionState } from '../redis/connection.ts';
import { describeRefusal, type Refusal } from '../redis/refusals.ts';
import type { RedisSample } from './redis-watch.ts';

/**
 * The specification's nested shapes, with since when: how the connection is, and what the server last said about
 * itself. Numbers are numbers (the specification cuts them out of INFO as text), so `Number(memory.used)` and
 * `memory.used / 1024` mean the same as there; what is not known is null, and no section is ever missing.
 */
export interface RedisHealth extends RedisSample {
  /** `disabled`: no Redis is configured, which is a state and not an error. */
  readonly status: 'healthy' | 'unhealthy' | 'disabled';
  readonly redis: {
    readonly host: string | null;
    readonly port: number | null;
    readonly connected: boolean;
    /** Why not, when not, or what Redis refuses although it is; without user and password. */
    readonly error: string | null;
  };
  /** Since when it has been like this, epoch ms. */
  readonly since: number;
}

/** How the connection is. */
export type RedisVerdict = Pick<RedisHealth, 'status' | 'redis' | 'since'>;

/** What is known of the command socket. */
export interface SocketFacts {
  readonly state: ConnectionState;
  readonly since: number;
  readonly lastError: string | undefined;
  /** What Redis refuses at the moment, although it is connected. */
  readonly refusal?: Refusal | undefined;
  /** Why jobs are not safe on it, although it takes them. */
  readonly eviction?: string | undefined;
}

/** Judges the command socket: what it cannot do, no queue can. */
export function judgeRedis(
  address: { readonly host: string; readonly port: number } | null,
  socket: SocketFacts,
): RedisVerdict {
  const redis = { host: address?.host ?? null, port: address?.port ?? null };
  const { since } = socket;
  if (!address)
    return { status: 'disabled', since, redis: { ...redis, connected: false, error: null } };
  const { refusal, eviction } = socket;
  const trouble = refusal ? describeRefusal(refusal.reason) : eviction;
  if (socket.state === 'ready' && trouble)
    return {
      status: 'unhealthy',
      since: refusal?.since ?? since,
      redis: { ...redis, connected: true, error: trouble },
    };
  if (socket.state === 'ready')
    return { status: 'healthy', since, redis: { ...redis, connected: true, error: null } };
  const error = socket.lastError ?? EXPLANATION[socket.state];
  return { status: 'unhealthy', since, redis: { ...redis, connected: false, error } };
}

const EXPLANATION: Readonly<Record<ConnectionState, string>> = {
  idle: 'Not connected yet: start() was not called, or the connection is lazy',
  connecting: 'Connecting for the first time',
  ready: '',
  away: 'The connection was lost; reconnecting',
  ended: 'Gave up reconnecting: reconnect.maxAttempts is used up',
  closed: 'Closed by stop()',
};
