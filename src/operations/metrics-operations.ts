/**
 * What anybody may ask about figures.
 *
 * The exposition is open to everybody who reaches it, as scrapers need it: it holds names of queues and of jobs,
 * counts and times, and no data, ids, errors or credentials. It comes from memory and never waits for Redis. The
 * history is read from Redis, and rejects with QUEUE_UNAVAILABLE while that is away.
 */
import type { OutageGate } from '../backend/outage-gate.ts';
import { systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import { type Backlog, toBacklog } from '../metrics/backlog.ts';
import { Exposition, type MetricRegistry } from '../metrics/exposition.ts';
import type { ExpositionFigures } from '../metrics/exposition-input.ts';
import type { Figures } from '../metrics/figures.ts';
import {
  type MetricsAnswer,
  type MetricsQuery,
  readMetrics,
  readSummary,
} from '../metrics/read-metrics.ts';
import type { QueueManager, QueueRef } from '../queues/queue-manager.ts';
import type { Connection } from '../redis/connection.ts';

/** What the answers are made of. */
export interface MetricsSources {
  readonly hub: { readonly command: Connection };
  readonly gate: OutageGate;
  readonly keys: Keys;
  readonly queues: Pick<QueueManager, 'getQueueStats'>;
  /** Name of a queue → its name inside Drover's keys. */
  readonly labelOf: (queue: string) => string;
  /** Epoch ms on the server; undefined while it is not known. */
  readonly serverNow: () => number | undefined;
  /** Everything of one scrape. From memory. */
  readonly figures: () => ExpositionFigures;
}

/** A span of the history of one queue. */
export interface HistoryQuery extends Omit<MetricsQuery, 'queue'> {
  readonly queue: QueueRef;
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
  /** The figures of a queue, minute by minute or hour by hour. */
  history(query: HistoryQuery): Promise<MetricsAnswer>;
  /** The figures of the last `lastMs` as one. */
  summary(queue: QueueRef, lastMs: number, jobName?: string): Promise<Figures>;
  /** How a queue stands: oldest waiting job, arrivals against service, time to drain. */
  backlog(queue: QueueRef): Promise<Backlog>;
}

/** Over so long are the rates of a backlog taken. */
const RATES_MS = 5 * 60_000;

/** Binds the questions to a coordinator's parts. */
export function createMetricsOperations(sources: MetricsSources): MetricsOperations {
  const { hub, gate, keys, queues, labelOf } = sources;
  const exposition = new Exposition(sources.figures);
  const labelIn = (ref: QueueRef): string => labelOf(typeof ref === 'string' ? ref : ref.name);
  const read = async <T>(
    ask: (redis: Awaited<ReturnType<Connection['raw']>>, now: number) => Promise<T>,
  ): Promise<T> =>
    gate.run(hub.command, 'fail', 'repeat', async () =>
      ask(await hub.command.raw(), sources.serverNow() ?? systemClock.now()),
    );
  const summary: MetricsOperations['summary'] = (queue, lastMs, jobName) =>
    read((redis, now) => readSummary(redis, keys, { queue: labelIn(queue), lastMs, jobName }, now));
  return {
    exposition: () => exposition.text(),
    collectInto: (registry) => exposition.collectInto(registry),
    history: (query) =>
      read((redis, now) =>
        readMetrics(redis, keys, { ...query, queue: labelIn(query.queue) }, now),
      ),
    summary,
    async backlog(queue) {
      const [stats, recent] = await Promise.all([
        queues.getQueueStats(queue),
        summary(queue, RATES_MS),
      ]);
      return toBacklog(stats, recent);
    },
  };
}
