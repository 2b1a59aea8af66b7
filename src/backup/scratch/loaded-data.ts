/**
 * What is in a scratch server that has loaded a backup: its keys, and its queues with their jobs by state.
 *
 * Queues are looked for in every database; a snapshot holds all of them, and the queues are in one. It only reads.
 */
import type { Redis } from 'ioredis';
import { createKeys } from '../../keys.ts';
import { keyPrefixOf } from '../../queues/key-prefix.ts';
import { queuesAmong } from '../../queues/queues-among.ts';
import type { StateCounts } from '../manifest.ts';

/** Of one database. */
export interface LoadedDatabase {
  readonly database: number;
  readonly keys: number;
  /** Labels of the queues that were found. */
  readonly labels: readonly string[];
  /** By label: of these, and of those that were asked for. */
  readonly queues: Readonly<Record<string, StateCounts>>;
}

/** Of all databases. */
export interface LoadedData {
  readonly databases: readonly LoadedDatabase[];
  /** Keys whose time had come and which were left out, as a server does; null where it does not tell. */
  readonly expired: number | null;
}

const PAGE = 1_000;
/** Under it are hashes of Drover's own, which are no queues under any prefix. */
const USUAL_PREFIX = 'coordinator';
/** In the order of the counts. */
const LISTS = ['wait', 'paused', 'active'] as const;
const SETS = ['delayed', 'prioritized', 'waiting-children', 'completed', 'failed'] as const;

/**
 * Looks at all of it; afterwards the client is at the database with the most queues.
 *
 * @param asked labels that are counted whether or not a queue is found there
 */
export async function readLoadedData(
  client: Redis,
  asked: readonly string[] = [],
): Promise<LoadedData> {
  const info = `${await client.info('keyspace')}\n${await client.info('persistence')}`;
  const databases: LoadedDatabase[] = [];
  for (const [, number] of info.matchAll(/^db(\d+):keys=/gm)) {
    await client.select(Number(number));
    const keys = await client.dbsize();
    const labels = await labelsIn(client);
    const queues: Record<string, StateCounts> = {};
    for (const label of new Set([...labels, ...asked]))
      queues[label] = await countsOf(client, label);
    databases.push({ database: Number(number), keys, labels, queues });
  }
  await client.select(queueDatabase(databases)?.database ?? 0);
  const expired = /rdb_last_load_keys_expired:(\d+)/.exec(info)?.[1];
  return { databases, expired: expired === undefined ? null : Number(expired) };
}

/** The database with the most queues, and of these the one with the most keys. */
export function queueDatabase(databases: readonly LoadedDatabase[]): LoadedDatabase | undefined {
  return [...databases].sort((a, b) => b.labels.length - a.labels.length || b.keys - a.keys)[0];
}

async function labelsIn(client: Redis): Promise<string[]> {
  const keys = createKeys(USUAL_PREFIX);
  const labels = new Set<string>();
  let cursor = '0';
  do {
    const [next, metas] = await client.scan(cursor, 'MATCH', '*:meta', 'COUNT', PAGE);
    for (const label of await queuesAmong(client, keys, metas)) labels.add(label);
    cursor = next;
  } while (cursor !== '0');
  return [...labels].sort();
}

async function countsOf(client: Redis, label: string): Promise<StateCounts> {
  const key = keyPrefixOf(label);
  const pipeline = client.pipeline();
  for (const list of LISTS) pipeline.llen(`${key}${list}`);
  for (const set of SETS) pipeline.zcard(`${key}${set}`);
  const replies = (await pipeline.exec()) ?? [];
  const [waiting, paused, active, delayed, prioritized, waitingChildren, completed, failed] =
    replies.map(([error, count]) => (error ? 0 : Number(count)));
  return {
    ...{ waiting: waiting!, paused: paused!, active: active!, delayed: delayed! },
    ...{ prioritized: prioritized!, waitingChildren: waitingChildren! },
    ...{ completed: completed!, failed: failed! },
  };
}
