/**
 * Extra effects in the same atomic step as one of BullMQ's scripts.
 *
 * BullMQ's source stays as it is, inside a function; the companion's Lua calls `bullmq(KEYS, ARGV)`, sees its
 * result, and decides what else happens. Extra keys and arguments come behind BullMQ's own, so a companion
 * counts from the end. The counts of BullMQ's own are written down and checked when a client is made: a
 * version with others must not run.
 */
import type { Redis } from 'ioredis';

/** What is done around one script. */
export interface Companion {
  /** BullMQ's name of the script: `extendLocks`. */
  readonly script: string;
  /** Tells several companions of one script apart. */
  readonly name: string;
  /** How many keys BullMQ itself hands to the script. */
  readonly ownKeys: number;
  /** How many keys come behind them. */
  readonly extraKeys: number;
  /** Must return what BullMQ's callers expect. `bullmq` and `redis` are in scope. */
  readonly lua: string;
}

/** The name under which backends run it, as BullMQ's `execCommand` takes it: without the version. */
export function companionName({ script, name }: Pick<Companion, 'script' | 'name'>): string {
  return `${script}+${name}`;
}

/** BullMQ's keys, `keys`, BullMQ's arguments, `values`. */
export function withExtras(
  { ownKeys }: Companion,
  args: readonly unknown[],
  keys: readonly string[],
  values: readonly unknown[],
): unknown[] {
  return [...args.slice(0, ownKeys), ...keys, ...args.slice(ownKeys), ...values];
}

/** Defines companions on a client on which BullMQ's scripts are defined already. */
export function defineCompanions(redis: Redis, companions: readonly Companion[]): void {
  const { scriptsSet } = redis as unknown as { scriptsSet: Record<string, DefinedScript> };
  for (const [command, { lua, numberOfKeys }] of Object.entries(scriptsSet)) {
    const [script, version] = command.split(':');
    for (const companion of companions.filter((each) => each.script === script)) {
      if (numberOfKeys !== companion.ownKeys)
        throw new Error(
          `BullMQ ${version} gives ${numberOfKeys} keys to ${script}, this Drover knows ${companion.ownKeys}: install a tested version of BullMQ`,
        );
      redis.defineCommand(`${companionName(companion)}:${version}`, {
        numberOfKeys: numberOfKeys + companion.extraKeys,
        lua: `local function bullmq(KEYS, ARGV)\n${lua}\nend\n${companion.lua}`,
      });
    }
  }
}

interface DefinedScript {
  readonly lua: string;
  readonly numberOfKeys: number;
}
