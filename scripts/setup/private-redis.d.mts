/**
 * Types of `private-redis.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
/** A server that belongs to this process. */
export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  /** Resolves with how the server ended, for whatever reason. */
  readonly exited: Promise<string>;
  /** SIGTERM, after 10 s SIGKILL. May be called again. */
  stop(): Promise<void>;
}

export function privateConfig(port: number): string;
export function startPrivateRedis(options: {
  binary: string;
  dataDir: string;
  deadlineMs?: number;
}): Promise<PrivateRedis>;
