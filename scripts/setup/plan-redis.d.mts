/**
 * Types of `plan-redis.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
/** What is true of this machine. */
export interface RedisFacts {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  readonly hasSudoWithoutPassword: boolean;
  /** Variable by which the user named a Redis. */
  readonly named: 'REDIS_URL' | 'REDIS_HOST' | null;
  /** Path of a redis-server or valkey-server. */
  readonly binary: string | null;
  /** False after an installation has failed: it is not tried again. */
  readonly canInstall: boolean;
  readonly packageManager: 'apt-get' | 'brew' | 'dnf' | 'yum' | 'pacman' | 'zypper' | 'apk' | null;
  /** Whether an engine answers; the client alone is not enough. */
  readonly docker: boolean;
}

export type RedisPlan =
  | { kind: 'named'; by: 'REDIS_URL' | 'REDIS_HOST' }
  | { kind: 'binary'; path: string }
  | { kind: 'apt'; prefix: readonly string[] }
  | { kind: 'brew' }
  | { kind: 'docker' }
  | { kind: 'ask'; command: string };

export function namedBy(env: NodeJS.ProcessEnv): 'REDIS_URL' | 'REDIS_HOST' | null;
export function withoutRedis(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function planRedis(facts: RedisFacts): RedisPlan;
