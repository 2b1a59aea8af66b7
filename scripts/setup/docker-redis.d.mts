/**
 * Types of `docker-redis.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
import type { PrivateRedis } from './private-redis.mjs';

export function dockerArgs(options: {
  name: string;
  port: number;
  dataDir: string;
  user: string | null;
}): string[];
export function startDockerRedis(options: { dataDir: string }): Promise<PrivateRedis>;
