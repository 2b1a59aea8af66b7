/**
 * Counts the jobs of all queues by state, so that it can be told later whether a backup holds them.
 *
 * A count is exact when the stream of writes stood at the very place of the snapshot while it was made; otherwise one
 * before and one after the snapshot say about what must be in it. Queues are found by the `meta` hash of each, under any
 * prefix, page by page: no command holds Redis up. Only the database of the address is counted; a snapshot has all.
 */
import { queueLabel } from '../../keys.ts';
import { type BackupManifest, COUNTED_STATES, type StateCounts } from '../manifest.ts';
import { type KeyCount, parseKeyCount, parsePlace, type StreamPlace } from './backup-info.ts';
import { type Reply, ReplyError } from './byte-reader.ts';
import type { RedisSocket } from './redis-socket.ts';

/** What was counted. */
export interface QueueCounts {
  readonly keys: KeyCount;
  readonly queues: ReadonlyMap<string, StateCounts>;
  /** Of the stream of writes; null when it moved meanwhile, or is not counted. */
  readonly place: StreamPlace | null;
  /** Why queues are not counted; null when they are. */
  readonly refusal: string | null;
}

/** What BullMQ calls the key of each state, and what it is. */
const KEYS_OF_STATES: Readonly<Record<keyof StateCounts, readonly ['LLEN' | 'ZCARD', string]>> = {
  waiting: ['LLEN', 'wait'],
  paused: ['LLEN', 'paused'],
  active: ['LLEN', 'active'],
  delayed: ['ZCARD', 'delayed'],
  prioritized: ['ZCARD', 'prioritized'],
  waitingChildren: ['ZCARD', 'waiting-children'],
  completed: ['ZCARD', 'completed'],
  failed: ['ZCARD', 'failed'],
};
const META = ':meta';
const PAGE = 500;
const QUEUES_AT_A_TIME = 500;

/** Counts what is in the database of a connection. @param database its number */
export async function countQueues(socket: RedisSocket, database: number): Promise<QueueCounts> {
  const found = await findQueues(socket);
  const bases = found instanceof ReplyError ? [] : found;
  const [before, keyspace] = await socket.commands([
    ['INFO', 'replication'],
    ['INFO', 'keyspace'],
  ]);
  const queues = new Map<string, StateCounts>();
  let refusal = found instanceof ReplyError ? found.message : null;
  for (let at = 0; at < bases.length; at += QUEUES_AT_A_TIME) {
    const some = bases.slice(at, at + QUEUES_AT_A_TIME);
    const replies = await socket.commands(some.flatMap(commandsOf));
    for (const [i, base] of some.entries()) {
      const own = replies.slice(i * COUNTED_STATES.length, (i + 1) * COUNTED_STATES.length);
      const counts = countsIn(own);
      if (counts) queues.set(labelOf(base), counts);
      else refusal ??= own.map(denialOf).find(Boolean) ?? null;
    }
  }
  const [after] = await socket.commands([['INFO', 'replication']]);
  return {
    ...{ queues, refusal, place: placeOf(before!, after!) },
    keys: parseKeyCount(textOf(keyspace!), database),
  };
}

/** What is written into the manifest of a backup. */
export function countedOf(
  before: QueueCounts,
  after: QueueCounts,
  snapshot: { readonly streamId: string; readonly offset: number },
): BackupManifest['counted'] {
  const exact = [before, after].find(
    ({ place }) => place?.id === snapshot.streamId && place.offset === snapshot.offset,
  );
  const [one, other] = exact ? [exact, exact] : [before, after];
  const labels = [...new Set([...one.queues.keys(), ...other.queues.keys()])].sort();
  const queues = labels.map((label) => {
    const both = [one, other].map((each) => each.queues.get(label) ?? NONE);
    return [label, { least: by(Math.min, both), most: by(Math.max, both) }] as const;
  });
  return {
    isExact: exact !== undefined && exact.refusal === null,
    keys: {
      // What ends by itself may have ended when the snapshot is loaded.
      least: Math.min(...[one, other].map(({ keys }) => keys.keys - keys.expiring)),
      most: Math.max(one.keys.keys, other.keys.keys),
    },
    queues: Object.fromEntries(queues),
  };
}

const NONE: StateCounts = {
  ...{ waiting: 0, paused: 0, active: 0, delayed: 0, prioritized: 0 },
  ...{ waitingChildren: 0, completed: 0, failed: 0 },
};

function by(pick: (...counts: number[]) => number, all: readonly StateCounts[]): StateCounts {
  const entries = COUNTED_STATES.map((state) => [state, pick(...all.map((each) => each[state]))]);
  return Object.fromEntries(entries) as StateCounts;
}

/** What the keys of each queue begin with. */
async function findQueues(socket: RedisSocket): Promise<readonly string[] | ReplyError> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const words = ['SCAN', cursor, 'MATCH', `*${META}`, 'COUNT', String(PAGE), 'TYPE', 'hash'];
    const [reply] = await socket.commands([words]);
    if (reply instanceof ReplyError) return reply;
    if (typeof reply !== 'object' || reply === null)
      return new ReplyError('SCAN is not answered with a page');
    const [next, keys] = reply as unknown as readonly [string, readonly string[]];
    for (const key of keys) if (isMeta(key)) found.add(key.slice(0, -META.length));
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

/** Prefix and name are before it. */
function isMeta(key: string): boolean {
  const colon = key.lastIndexOf(':', key.length - META.length - 1);
  return colon > 0 && colon < key.length - META.length - 1;
}

function labelOf(base: string): string {
  const colon = base.lastIndexOf(':');
  return queueLabel(base.slice(0, colon), base.slice(colon + 1));
}

function commandsOf(base: string): readonly string[][] {
  return COUNTED_STATES.map((state) => {
    const [command, key] = KEYS_OF_STATES[state];
    return [command, `${base}:${key}`];
  });
}

/** Undefined for what is no queue, or may not be counted. */
function countsIn(replies: readonly (Reply | ReplyError)[]): StateCounts | undefined {
  if (!replies.every((reply) => typeof reply === 'number')) return undefined;
  const entries = COUNTED_STATES.map((state, i) => [state, replies[i]]);
  return Object.fromEntries(entries) as StateCounts;
}

function denialOf(reply: Reply | ReplyError): string | undefined {
  return reply instanceof ReplyError && !/^WRONGTYPE/.test(reply.message)
    ? reply.message
    : undefined;
}

function placeOf(before: Reply | ReplyError, after: Reply | ReplyError): StreamPlace | null {
  const [first, second] = [before, after].map((reply) => parsePlace(textOf(reply)));
  const isStill = first!.id === second!.id && first!.offset === second!.offset;
  return first!.isCounted && isStill ? second! : null;
}

function textOf(reply: Reply | ReplyError): string {
  return typeof reply === 'string' ? reply : '';
}
