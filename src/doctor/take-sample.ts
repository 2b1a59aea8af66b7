/**
 * Takes a sample of a server and its queues: one look, or two that are five seconds apart.
 *
 * Everything goes over the bulk socket. Bounded: so many queues, so many keys, and what was left out is said.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import { messageOf } from '../errors.ts';
import type { Keys } from '../keys.ts';
import { readBackups } from '../metrics/backup-records.ts';
import { countBullWorkers } from '../queues/bull-connection.ts';
import { queuesIn, readHeartbeats, readProcessIds } from '../workers/read-heartbeats.ts';
import { KIT_SETTINGS, type Profile } from './kit-settings.ts';
import { detectProvider } from './providers.ts';
import type { RawTarget } from './raw-redis.ts';
import { hasJustStarted } from './read-clients.ts';
import { type QueueContext, readQueue, sampleSize } from './read-queues.ts';
import { onlyInfo, readInfo, readServer } from './read-server.ts';
import { readSuspects, type Suspects } from './read-suspects.ts';
import { mapped, type Reading, unknown, valueOr } from './reading.ts';
import type { InfoFields, QueueSeen, Sample, SentinelSeen, ServerSeen } from './sample.ts';
import { tolerant } from './tolerant.ts';

/** An earlier sample, for what only a difference tells. */
export interface Earlier {
  readonly server: ServerSeen;
  readonly queues: readonly QueueSeen[];
}

/** What a sample is taken with. */
export interface SampleSources {
  readonly redis: Redis;
  /** The socket that commands go over: its scripts, its id. */
  readonly command: Redis;
  /** INFO from before anything else was asked: what is refused from here on is the doctor's own doing. */
  readonly info: Reading<InfoFields>;
  /** Whether the command socket answers to PING. */
  readonly isCommandAlive: boolean;
  readonly target: RawTarget & { readonly username?: string | undefined };
  readonly sentinels: readonly SentinelSeen[];
  readonly keys: Keys;
  /** Of queues that this process makes. */
  readonly prefix: string;
  readonly isReadOnly: boolean;
  /** Labels of all queues, and what their keys begin with. */
  readonly labels: Reading<{ readonly labels: readonly string[]; readonly isComplete: boolean }>;
  readonly keyPrefix: (label: string) => string;
  /** How many finished jobs a queue is to keep; null where nobody said. */
  readonly keepOf: (label: string) => {
    readonly completed: number | null;
    readonly completedMs: number | null;
    readonly failed: number | null;
  };
  /** Label → since when it is paused, epoch ms, as far as somebody wrote it down. */
  readonly pausedAt: (labels: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly earlier: Earlier | null;
  readonly isQuick: boolean;
  /** Of a cache no queue is looked at. */
  readonly profile: Profile | null;
  /** Only this one. */
  readonly queue: string | undefined;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

const MOST_QUEUES = 200;
const BETWEEN_MS = 5_000;
const FSYNC_LOOKS = 5;
/** Beats of more processes than this say nothing new. */
const MOST_HOSTS = 200;

/** Takes it. Rejects as the connection does. */
export async function takeSample(sources: SampleSources): Promise<Sample> {
  const { redis, target, labels, keyPrefix, isQuick, earlier, clock = systemClock } = sources;
  const chosen = choose(sources);
  const queueKeys = new Map(
    valueOr(labels, { labels: [] }).labels.map((label) => [label, keyPrefix(label)]),
  );
  for (const label of chosen) queueKeys.set(label, keyPrefix(label));
  const isLocal = isLoopback(target);
  const before = isQuick ? earlier : await lookBefore(sources, chosen, queueKeys);
  const pendingFsyncs = isQuick ? [] : await watchFsyncs(sources);
  const info = isQuick ? sources.info : await readInfo(redis);
  const at = clock.now();
  const beats = await readBeats(redis, sources.keys, clock);
  const server = await readServer({
    ...{
      redis,
      command: sources.command,
      info,
      at,
      target,
      isLocal,
      queueKeys,
      pendingFsyncs,
      clock,
    },
    sentinels: sources.sentinels,
    settings: sources.profile ? KIT_SETTINGS[sources.profile].map(({ name }) => name) : [],
    isReadOnly: sources.isReadOnly,
    queuePrefix: keyPrefix('x').slice(0, -':x:'.length),
    ownPrefix: sources.keys.host('').slice(0, sources.keys.prefix.length + 1),
    sampleKeys: [`${keyPrefix(chosen[0] ?? 'x')}acl-check`, sources.keys.probe('acl-check')],
    hostsAheadMs: mapped(beats, ({ aheadMs }) => aheadMs),
    backups: await tolerant('HGETALL', () => readBackups(redis, sources.keys)),
  });
  const suspects = await readSuspects(redis, queueKeys);
  const { queues, unreadable, allUnread } = await readAll(sources, chosen, queueKeys, suspects, {
    ...{ server, beats, isBrief: false },
  });
  const after = onlyInfo(await readInfo(redis), clock.now());
  return {
    provider: detectProvider(target.host, server.info.isRead ? server.info.value : undefined),
    ...{ isLocal, server, after, queues, before: before?.server ?? null },
    profile: sources.profile,
    queueLabels: valueOr(labels, { labels: [] }).labels,
    queuesBefore: new Map((before?.queues ?? []).map((seen) => [seen.queue, seen])),
    queuesUnknown: labels.isRead ? allUnread : labels.reason,
    unreadable: allUnread === null ? unreadable : [],
    leftOut: leftOut(sources, chosen.length, suspects),
    client: {
      commandTimeoutMs: sources.command.options.commandTimeout ?? null,
      isCommandAlive: sources.isCommandAlive,
      prefix: sources.prefix,
    },
  };
}

function choose({ labels, queue, profile }: SampleSources): readonly string[] {
  if (profile === 'cache') return [];
  if (queue !== undefined) return [queue];
  return labels.isRead ? labels.value.labels.slice(0, MOST_QUEUES) : [];
}

/** A sample of nothing but what is given. */
export function emptySample(
  seen: Pick<ServerSeen, 'info' | 'config' | 'memoryBytes'> & Partial<ServerSeen>,
): Sample {
  return {
    server: { ...onlyInfo(seen.info, 0), ...seen },
    after: onlyInfo(seen.info, 0),
    ...{ provider: null, isLocal: false, before: null, queues: [], queuesBefore: new Map() },
    ...{ profile: null, queueLabels: [] },
    ...{ queuesUnknown: 'it was not looked at', unreadable: [], leftOut: [] },
    client: { commandTimeoutMs: null, isCommandAlive: true, prefix: '' },
  };
}

/** Whether only this machine can mean this address. */
export function isLoopback({ host, path }: RawTarget): boolean {
  return path !== undefined || /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
}

interface Beats {
  readonly aheadMs: ReadonlyMap<string, number>;
  readonly workers: ReadonlyMap<string, number>;
}

/** What of the queues could be read. */
interface AllSeen {
  readonly queues: QueueSeen[];
  readonly unreadable: string[];
  /** Why nothing was; null: something was, or there was nothing to read. */
  readonly allUnread: string | null;
}

type Suspected = Awaited<ReturnType<typeof readSuspects>>;

async function lookBefore(
  sources: SampleSources,
  chosen: readonly string[],
  queueKeys: ReadonlyMap<string, string>,
): Promise<Earlier> {
  const { redis, clock = systemClock } = sources;
  const suspects = await readSuspects(redis, queueKeys);
  const none = unknown('it was not looked at');
  const server = onlyInfo(sources.info, clock.now());
  const looked = { server, beats: none, isBrief: true };
  const { queues } = await readAll(sources, chosen, queueKeys, suspects, looked);
  return { server: onlyInfo(await readInfo(redis), clock.now()), queues };
}

/** Waits between two looks, and sees meanwhile whether the disk keeps up. */
async function watchFsyncs({
  redis,
  signal,
  clock = systemClock,
}: SampleSources): Promise<number[]> {
  const pending: number[] = [];
  for (let i = 0; i < FSYNC_LOOKS; i += 1) {
    await sleep(BETWEEN_MS / FSYNC_LOOKS, { signal, clock });
    const text = await tolerant('INFO', () => redis.info('persistence'));
    if (text.isRead) pending.push(Number(/aof_pending_bio_fsync:(\d+)/.exec(text.value)?.[1] ?? 0));
  }
  return pending;
}

async function readAll(
  sources: SampleSources,
  chosen: readonly string[],
  queueKeys: ReadonlyMap<string, string>,
  suspects: Suspected,
  { server, beats, isBrief }: { server: ServerSeen; beats: Reading<Beats>; isBrief: boolean },
): Promise<AllSeen> {
  const { redis, keepOf, clock = systemClock } = sources;
  const size = sampleSize(chosen.length);
  const queues: QueueSeen[] = [];
  const unreadable: string[] = [];
  let why: string | null = null;
  const plain = valueOr(mapped(server.clients, countBullWorkers), new Map<string, number>());
  const pausedAt = isBrief ? new Map<string, number>() : await sources.pausedAt(chosen);
  for (const label of chosen) {
    const own = suspects.isRead ? (suspects.value.byQueue.get(label) ?? NO_SUSPECTS) : null;
    const keep = keepOf(label);
    const context: QueueContext = {
      ...{
        label,
        key: queueKeys.get(label)!,
        workers: workersOf(label, plain, server, beats),
        pausedAt: pausedAt.get(label) ?? null,
      },
      ...{ keepCompleted: keep.completed, keepCompletedMs: keep.completedMs },
      keepFailed: keep.failed,
    };
    const options = {
      ...{ size, isBrief },
      locks: own?.locks ?? [],
      candidates: own?.ids ?? null,
      now: clock.now(),
    };
    try {
      queues.push(await readQueue(redis, context, options));
    } catch (error) {
      why = refusalOf(error);
      unreadable.push(label);
    }
  }
  return { queues, unreadable, allUnread: queues.length === 0 ? why : null };
}

/** Why keys of a queue were not read; rejects with any other error. */
function refusalOf(error: unknown): string {
  const message = messageOf(error);
  if (/NOPERM|unknown command|no permissions/i.test(message))
    return 'the user may not read all keys of the queues';
  // An answer, such as CLUSTERDOWN or BUSY: what is wrong with the server is still to be told.
  if (error instanceof Error && error.name === 'ReplyError')
    return `the keys of the queues cannot be read (${/^\w+/.exec(message)?.[0]})`;
  throw error;
}

const NO_SUSPECTS: Suspects = { ids: [], locks: [] };

/** By heartbeats and by names of connections; null when there may be some that neither tells of. */
function workersOf(
  label: string,
  plain: ReadonlyMap<string, number>,
  server: ServerSeen,
  beats: Reading<Beats>,
): number | null {
  const own = beats.isRead ? (beats.value.workers.get(label) ?? 0) : 0;
  if (!server.clients.isRead) return own > 0 ? own : null;
  const workers = own + (plain.get(label) ?? 0);
  return workers === 0 && server.clients.value.some(hasJustStarted) ? null : workers;
}

function leftOut(
  { labels, queue, profile }: SampleSources,
  looked: number,
  suspects: Suspected,
): string[] {
  if (profile === 'cache') return [];
  const sentences: string[] = [];
  if (queue === undefined && labels.isRead && labels.value.labels.length > looked)
    sentences.push(
      `${labels.value.labels.length - looked} of ${labels.value.labels.length} queues were not looked at`,
    );
  if (labels.isRead && !labels.value.isComplete)
    sentences.push(
      'there are more keys than were searched for queues: some queues may not have been found',
    );
  if (suspects.isRead && !suspects.value.isComplete)
    sentences.push('lost jobs and left locks were searched for among the first 20,000 keys only');
  return sentences;
}

/** What processes of Drover say of themselves. */
function readBeats(redis: Redis, keys: Keys, clock: Clock): Promise<Reading<Beats>> {
  return tolerant('ZRANGE', async () => {
    const heard = await readHeartbeats(redis, keys, await readProcessIds(redis, keys, MOST_HOSTS));
    const aheadMs = new Map<string, number>();
    const workers = new Map<string, number>();
    for (const heartbeat of heard) {
      const { id, fields, ageMs, isFresh } = heartbeat;
      if (fields.beatAt) aheadMs.set(id, Number(fields.beatAt) + ageMs - clock.now());
      if (!isFresh) continue;
      for (const [label, beat] of queuesIn(heartbeat))
        workers.set(label, (workers.get(label) ?? 0) + (beat.workers ?? 0));
    }
    return { aheadMs, workers };
  });
}
