/**
 * What is shown of queues, read for many of them in one round trip.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../../keys.ts';
import { type QueueStats, readQueueStats } from '../../queues/queue-stats.ts';
import { parseReason, readReasons } from './pause-reasons.ts';
import type { WorkerCounts } from './plain-workers.ts';
import type { QueueRow } from './queue-views.ts';

/** What is read. */
export interface RowsWanted {
  readonly keys: Keys;
  readonly labels: readonly string[];
  /** Label → what BullMQ's keys of it begin with. */
  readonly keyPrefix: (label: string) => string;
  /** Epoch ms on the server, as far as it is known. */
  readonly now: number;
  /** Of plain BullMQ; undefined: not known. */
  readonly workers: WorkerCounts | undefined;
}

/** What came of it. */
export interface RowsRead {
  readonly rows: readonly QueueRow[];
  /** Labels of queues that cannot be counted. */
  readonly uncounted: readonly string[];
  /** Labels of queues that are not there. */
  readonly gone: readonly string[];
  /** Reasons of pauses that are over. */
  readonly stale: readonly { readonly label: string; readonly stored: string }[];
}

/** Reads them. All is on its way before the first answer is waited for. */
export async function readQueueRows(redis: Redis, wanted: RowsWanted): Promise<RowsRead> {
  const { keys, labels, keyPrefix, now, workers } = wanted;
  const targets = labels.map((label) => ({ label, keyPrefix: keyPrefix(label) }));
  const [reasons, metas, stats] = await Promise.all([
    readReasons(redis, keys, labels),
    readMetas(redis, targets),
    readQueueStats(redis, keys, targets, now),
  ]);
  const byLabel = new Map(stats.map((each) => [each.queue, each]));
  const rows: QueueRow[] = [];
  const uncounted: string[] = [];
  const gone: string[] = [];
  const stale: RowsRead['stale'][number][] = [];
  for (const [i, label] of labels.entries()) {
    const { isThere, version } = metas[i]!;
    const stored = reasons[i];
    const counted = byLabel.get(label);
    if (stored && counted && !counted.isPaused) stale.push({ label, stored });
    if (!isThere) gone.push(label);
    else if (counted) rows.push(toRow(label, counted, version, stored, workers));
    else uncounted.push(label);
  }
  return { rows, uncounted, gone, stale };
}

interface Meta {
  readonly isThere: boolean;
  readonly version: string | null;
}

async function readMetas(redis: Redis, targets: readonly { keyPrefix: string }[]): Promise<Meta[]> {
  const pipeline = redis.pipeline();
  for (const { keyPrefix } of targets)
    pipeline.exists(`${keyPrefix}meta`).hget(`${keyPrefix}meta`, 'version');
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  return targets.map((_, i) => ({
    isThere: replies[2 * i]?.[1] === 1,
    version: (replies[2 * i + 1]?.[1] as string | null | undefined) ?? null,
  }));
}

function toRow(
  label: string,
  { counts, isPaused, oldestWaitingMs, workers: beating }: QueueStats,
  version: string | null,
  stored: string | null | undefined,
  plain: WorkerCounts | undefined,
): QueueRow {
  const connected = plain && (plain.get(label) ?? 0);
  const pause = isPaused ? parseReason(stored) : undefined;
  const colon = label.lastIndexOf(':');
  return {
    queue: label,
    prefix: colon < 0 ? 'bull' : label.slice(0, colon),
    name: label.slice(colon + 1),
    counts: { ...counts },
    isPaused,
    pausedBy: pause?.by ?? null,
    pausedFor: pause?.reason ?? null,
    pausedAt: pause?.at ?? null,
    oldestWaitingMs,
    workers: beating > 0 ? beating : (connected ?? null),
    workersFrom: beating > 0 ? 'measured' : connected === undefined ? 'absent' : 'derived',
    bullVersion: version,
  };
}
