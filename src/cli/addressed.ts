/**
 * Commands of a remedy, made to go to the Redis that was examined. Pure.
 *
 * `redis-cli` without an address goes to port 6379 of this machine: pasted as it stands, it would change another Redis.
 * User and password are left to whoever pastes it: those of an application may seldom do what a remedy does.
 */
import type { RedisAddress } from '../config/redis-address.ts';

/** Where the commands are to go. */
export interface Target {
  readonly redis: RedisAddress;
  /** What `--redis` needs, without its password; null where `drover` finds the address by itself. */
  readonly flag: string | null;
}

/** A line of a remedy with the address in it. */
export function addressed(text: string, { redis, flag }: Target): string {
  const flags = [...flagsOf(redis), ''].join(' ');
  const said = text.replace(/\bredis-cli (?!-)/g, () => `redis-cli ${flags}`);
  if (flag === null) return said;
  return said.replace(/\bdrover (?=[a-z])/g, () => `drover -r ${quoted(flag)} `);
}

/** What `redis-cli` needs. */
function flagsOf({ host, port, client }: RedisAddress): string[] {
  const isUsual = port === 6_379 && (host === '127.0.0.1' || host === 'localhost');
  return [
    ...(client.path ? ['-s', String(client.path)] : isUsual ? [] : ['-h', host, '-p', `${port}`]),
    ...(client.tls ? ['--tls'] : []),
  ].map(quoted);
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
