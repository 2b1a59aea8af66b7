/**
 * Types of `find-redis.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
/** Where the Redis comes from; a binary or Docker has still to be started. */
export type FoundRedis =
  | { kind: 'named'; by: 'REDIS_URL' | 'REDIS_HOST' }
  | { kind: 'binary'; path: string }
  | { kind: 'docker' };

export function findRedis(options: {
  env?: NodeJS.ProcessEnv;
  onlyBinary: true;
  say?: (line: string) => void;
}): Promise<{ kind: 'binary'; path: string }>;
export function findRedis(options?: {
  env?: NodeJS.ProcessEnv;
  onlyBinary?: boolean;
  say?: (line: string) => void;
}): Promise<FoundRedis>;
