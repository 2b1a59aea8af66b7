/**
 * What anybody may ask about figures.
 *
 * The exposition is open to everybody who reaches it, as scrapers need it: it holds names of queues and of jobs,
 * counts and times, and no data, ids, errors or credentials. It comes from memory and never waits for Redis. The
 * history is read from Redis, and rejects with QUEUE_UNAVAILABLE while that is away.
 */
import { QueueKeys } from 'bullmq';
import type { OutageGate } from '../../backend/outage-gate.ts';
import { systemClock } from '../../base/clock.ts';
import { CoordinatorError } from '../../errors.ts';
import { type Keys, queueOfLabel } from '../../keys.ts';
import { type Backlog, toBacklog } from '../../metrics/backlog.ts';
import { Exposition, type MetricRegistry } from '../../metrics/exposition.ts';
import type { ExpositionFigures } from '../../metrics/exposition-input.ts';
import type { Figures } from '../../metrics/figures.ts';
import {
  type MetricsAnswer,
  type MetricsQuery,
  readMetrics,
  readSummary,
} from '../../metrics/read-metrics.ts';
import type { QueueRef } from '../../queues/queue-manager.ts';
import { notCountable, readQueueStats } from '../../queues/queue-stats.ts';
import type { Connection } from '../../redis/connection.ts';
import { labelIn } from '../queue-label.ts';

/** What the answers are made of. */
export interface MetricsSources {
  readonly hub: { readonly command: Connection };
  readonly gate: OutageGate;
  readonly keys: Keys;
  /** Name of a queue → its name inside Drover's keys. */
  readonly labelOf: (queue: string) => string;
  /** Epoch ms on the server; undefined while it is not known. */
  readonly serverNow: () => number | undefined;
  /** Everything of one scrape. From memory. */
  readonly figures: () => ExpositionFigures;
}

/** A span of the history of one queue. */
export interface HistoryQuery extends Omit<MetricsQuery, 'queue' | 'from' | 'to'> {
  readonly queue: QueueRef;
  /** @default as far back as figures are kept */
  readonly from?: number;
  /** @default now */
  readonly to?: number;
  /** Only the last so long. */
  readonly lastMs?: number;
}

/** The questions about figures. */
export interface MetricsOperations {
  /** The metrics of this process as Prometheus reads them, in its text format 0.0.4. */
  exposition(): Promise<string>;
  /**
   * Has a registry of prom-client's tell the same metrics, beside an application's own. Once for each registry:
   * names that are taken already throw.
   */
  collectInto(registry: MetricRegistry): void;
  /** The figures of a queue, minute by minute or hour by hour. Rejects with NOT_FOUND where there never was one. */
  history(query: HistoryQuery): Promise<MetricsAnswer>;
  /** The figures of the last `lastMs` as one. */
  summary(queue: QueueRef, lastMs: number, jobName?: string): Promise<Figures>;
  /** How a queue stands: oldest waiting job, arrivals against service, time to drain. Rejects with NOT_FOUND. */
  backlog(queue: QueueRef): Promise<Backlog>;
}

/** Over so long are the rates of a backlog taken. */
const RATES_MS = 5 * 60_000;

/** Binds the questions to a coordinator's parts. */
export function createMetricsOperations(sources: MetricsSources): MetricsOperations {
  const { hub, gate, keys, labelOf } = sources;
  const exposition = new Exposition(sources.figures);
  const read = async <T>(
    ask: (redis: Awaited<ReturnType<Connection['raw']>>, now: number) => Promise<T>,
  ): Promise<T> =>
    gate.run(hub.command, 'fail', 'repeat', async () =>
      ask(await hub.command.raw(), sources.serverNow() ?? systemClock.now()),
    );
  const summary: MetricsOperations['summary'] = (queue, lastMs, jobName) =>
    read((redis, now) =>
      readSummary(redis, keys, { queue: labelIn(queue, labelOf), lastMs, jobName }, now),
    );
  return {
    exposition: () => exposition.text(),
    collectInto: (registry) => exposition.collectInto(registry),
    history: ({ queue: ref, lastMs, from, to, ...rest }) =>
      read(async (redis, now) => {
        const queue = labelIn(ref, labelOf);
        const isMeasured = (await redis.zscore(keys.metrics(), queue)) !== null;
        if (!isMeasured && (await redis.exists(`${keyPrefix(queue)}meta`)) === 0)
          throw notFound(queue);
        const first = lastMs === undefined ? (from ?? Number.NEGATIVE_INFINITY) : now - lastMs;
        const span = { from: first, to: to ?? Number.POSITIVE_INFINITY };
        return readMetrics(redis, keys, { ...rest, ...span, queue }, now);
      }),
    summary,
    async backlog(ref) {
      const label = labelIn(ref, labelOf);
      const target = { label, keyPrefix: keyPrefix(label) };
      const [stats, recent] = await Promise.all([
        read(async (redis, now) => {
          if ((await redis.exists(`${target.keyPrefix}meta`)) === 0) throw notFound(label);
          const [counted] = await readQueueStats(redis, keys, [target], now);
          if (!counted) throw notCountable(label);
          return counted;
        }),
        summary(ref, RATES_MS),
      ]);
      return toBacklog(stats, recent);
    },
  };
}

/** What BullMQ's keys of a queue begin with. */
function keyPrefix(label: string): string {
  const { prefix, name } = queueOfLabel(label);
  return new QueueKeys(prefix).toKey(name, '');
}

function notFound(label: string): CoordinatorError {
  return new CoordinatorError('NOT_FOUND', `There is no queue "${label}" in this Redis`);
}
