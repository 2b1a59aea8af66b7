/**
 * The leader's look at all queues of the fleet: what each is judged by, and the gauges that only one process of
 * the fleet may export.
 *
 * It reads what the job plane and the metrics have left in Redis, and decides nothing. A process that does not lead
 * looks at nothing and tells nothing.
 */
import type { Redis } from 'ioredis';
import { systemClock } from './base/clock.ts';
import type { Announce } from './events.ts';
import { parsePromises } from './health/health-promises.ts';
import { HealthWriter } from './health/health-writer.ts';
import { readPulses } from './health/queue-pulse.ts';
import type { BurnWindows, QueueSignals } from './health/queue-signals.ts';
import { toRecentFigures, toWindowCounts } from './health/recent-figures.ts';
import { type Trend, toTrend } from './health/trend.ts';
import type { Keys } from './keys.ts';
import { type BackupRecord, readBackups } from './metrics/backup-records.ts';
import type { FleetFigures, FleetPool } from './metrics/exposition-input.ts';
import { readRecent } from './metrics/read-metrics.ts';
import { poolNames, readPools } from './pools/read-pools.ts';
import type { QueueDefinition } from './queues/define-queue.ts';
import { keyPrefixOf } from './queues/key-prefix.ts';
import { type QueueStats, readQueueStats } from './queues/queue-stats.ts';
import type { Connection } from './redis/connection.ts';
import type { Lease } from './redis/lease.ts';

/** What a watch needs. */
export interface FleetWatchOptions {
  readonly command: Connection;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly lease: Pick<Lease, 'isHeld'>;
  /** Labels of all queues of the fleet. */
  readonly labels: () => Promise<readonly string[]>;
  /** Definitions of the queues of this process, by label. */
  readonly definitions: () => ReadonlyMap<string, QueueDefinition>;
  /** Epoch ms on the server; undefined while it is not known. */
  readonly serverNow: () => number | undefined;
}

const MINUTE_MS = 60_000;
/** What "lately" means. */
const RECENT_MS = 5 * MINUTE_MS;
/** A minute is counted to its end once the roll-up has closed it: then the windows beyond are read anew. */
const COUNTED_AFTER_MS = 45_000;
const BACKUPS_EVERY_MS = MINUTE_MS / 2;

/** What changes once a minute. */
interface KeptWindows {
  /** The last minute that is counted to its end, since 1970. */
  readonly minute: number;
  readonly windows: Omit<BurnWindows, '5m'>;
  readonly trend: Trend;
}

interface KeptBackups {
  readonly readAt: number;
  readonly records: readonly BackupRecord[];
}

/** Looks at the fleet while this process leads it. */
export class FleetWatch {
  readonly #options: FleetWatchOptions;
  readonly #writer: HealthWriter;
  #stats: readonly QueueStats[] = [];
  #deadLetters: readonly number[] = [];
  #pools: readonly FleetPool[] = [];
  #windows = new Map<string, KeptWindows>();
  #backups: KeptBackups = { readAt: Number.NEGATIVE_INFINITY, records: [] };
  #figures: FleetFigures | undefined;

  constructor(options: FleetWatchOptions) {
    const { command, keys, announce } = options;
    this.#options = options;
    this.#writer = new HealthWriter({ command, keys, announce, signals: () => this.#signals() });
  }

  /** The gauges as of the last round; undefined while this process does not lead. */
  get figures(): FleetFigures | undefined {
    return this.#options.lease.isHeld ? this.#figures : undefined;
  }

  /** Looks at every queue, judges it, and keeps the gauges. */
  async round(): Promise<void> {
    const { lease, command } = this.#options;
    if (!lease.isHeld || !command.isReady) {
      this.#figures = undefined;
      return;
    }
    const verdicts = await this.#writer.round();
    this.#figures = {
      queues: this.#stats.map((stats, i) => ({
        stats,
        status: verdicts[i]?.status,
        deadLetters: this.#deadLetters[i],
      })),
      pools: this.#pools,
      backups: await this.#backupsOfLate(),
    };
  }

  /** They change every quarter of an hour, so they are read less often than all else. */
  async #backupsOfLate(): Promise<readonly BackupRecord[]> {
    const { command, keys } = this.#options;
    const readAt = systemClock.monotonic();
    if (readAt - this.#backups.readAt < BACKUPS_EVERY_MS) return this.#backups.records;
    const redis = await command.raw();
    const records = await readBackups(redis, keys).catch(() => this.#backups.records);
    this.#backups = { readAt, records };
    return records;
  }

  async #signals(): Promise<QueueSignals[]> {
    const { command, keys } = this.#options;
    const redis = await command.raw();
    const labels = await this.#options.labels();
    const targets = labels.map((label) => ({ label, keyPrefix: keyPrefixOf(label) }));
    const now = this.#options.serverNow() ?? systemClock.now();
    // All is sent before anything is answered: one round trip for the whole fleet.
    const [stats, deadLetters, pulses, rest] = await Promise.all([
      readQueueStats(redis, keys, targets, now),
      Promise.all(labels.map((label) => redis.zcard(keys.deadLetters(label)))),
      readPulses(redis, targets, now).catch(() => undefined), // Some may not read the time.
      Promise.all(labels.map((label) => this.#rest(redis, label, now))),
    ]);
    this.#pools = await readFleetPools(redis, keys).catch(() => []); // Some may not read pools.
    const places = new Map(labels.map((label, i) => [label, i]));
    const placeOf = ({ queue }: QueueStats): number => places.get(queue)!;
    this.#stats = stats;
    this.#deadLetters = stats.map((each) => deadLetters[placeOf(each)]!);
    const known = new Set(labels);
    for (const label of this.#windows.keys()) if (!known.has(label)) this.#windows.delete(label);
    return stats.map((each) => {
      const place = placeOf(each);
      return { ...each, pulse: pulses?.[place] ?? null, ...rest[place]! };
    });
  }

  /** What happened lately, and what was promised. */
  async #rest(
    redis: Redis,
    label: string,
    now: number,
  ): Promise<Pick<QueueSignals, 'recent' | 'windows' | 'trend' | 'objectives' | 'limits'>> {
    const { keys, definitions } = this.#options;
    const definition = definitions().get(label);
    const [recent, text] = await Promise.all([
      readRecent(redis, keys, { queue: label, lastMs: RECENT_MS }, now),
      definition ? null : redis.hget(keys.health(label), 'promises'),
    ]);
    const kept = definition ? null : parsePromises(text ?? undefined, now);
    const objectives = definition?.objectives ?? kept?.objectives ?? null;
    const waitMs = objectives?.waitP95Ms;
    const { windows, trend } = await this.#slowWindows(redis, label, waitMs, now);
    return {
      recent: toRecentFigures(recent),
      windows: { '5m': toWindowCounts(recent, waitMs), ...windows },
      ...{ trend, objectives },
      limits: definition?.health ?? kept?.limits ?? null,
    };
  }

  async #slowWindows(
    redis: Redis,
    queue: string,
    waitMs: number | undefined,
    now: number,
  ): Promise<KeptWindows> {
    const before = this.#windows.get(queue);
    const minute = Math.floor((now - COUNTED_AFTER_MS) / MINUTE_MS) - 1;
    if (before?.minute === minute) return before;
    const { keys } = this.#options;
    const read = (lastMs: number, step: 'minute' | 'hour') =>
      readRecent(redis, keys, { queue, lastMs, step }, now);
    const [half, hour, sixHours] = await Promise.all([
      read(30 * MINUTE_MS, 'minute'),
      read(60 * MINUTE_MS, 'minute'),
      read(6 * 60 * MINUTE_MS, 'hour'),
    ]);
    const kept = {
      minute,
      windows: {
        '30m': toWindowCounts(half, waitMs),
        '1h': toWindowCounts(hour, waitMs),
        '6h': toWindowCounts(sixHours, waitMs),
      },
      trend: toTrend(hour.steps, minute),
    };
    this.#windows.set(queue, kept);
    return kept;
  }
}

/** Pools that somebody scales. */
async function readFleetPools(redis: Redis, keys: Keys): Promise<FleetPool[]> {
  const pools = await readPools(redis, keys, await poolNames(redis, keys));
  return pools.flatMap((pool) =>
    pool?.target == null ? [] : [{ ...pool, current: pool.current ?? 0, target: pool.target }],
  );
}
