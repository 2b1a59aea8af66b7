/**
 * Figures → the samples of each metric. Pure.
 *
 * Every queue that the process uses has its counters from the start, at zero: a counter that is born with its
 * first event hides that event. Names of jobs come bounded, since each costs some fifty series. No label ever holds
 * an id.
 */
import type { QueueCounts, QueueStats } from '../queues/queue-stats.ts';
import { QUEUE_STATUSES } from '../queues/queue-status.ts';
import type { BackupRecord } from './backup-records.ts';
import { BUCKETS_MS } from './buckets.ts';
import type {
  DurationTotals,
  ExpositionFigures,
  FleetQueue,
  NameTotals,
  QueueTotals,
  SizeTotals,
} from './exposition-input.ts';
import type { MetricName } from './metric-catalogue.ts';
import { BUCKETS_BYTES, PayloadSizes } from './payload-sizes.ts';
import { OTHER } from './queue-recorder.ts';

/** One line of the exposition. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** When it is not the metric's own: of the parts of histograms and summaries. */
  readonly metricName?: string;
  /** Further labels, the same object in many samples: they are written out once, which halves the time of a scrape. */
  readonly sharedLabels?: Readonly<Record<string, string>>;
}

const BOUNDS: readonly string[] = [...BUCKETS_MS.map((ms) => String(ms / 1_000)), '+Inf'];
const SIZE_BOUNDS: readonly string[] = [...BUCKETS_BYTES.map(String), '+Inf'];
const NO_DURATIONS: DurationTotals = {
  counts: BOUNDS.map(() => 0),
  sumMs: 0,
};
/** Under this name jobs of any name may come: it is there from the start. */
const NO_JOBS: NameTotals = {
  jobName: OTHER,
  ...{ added: 0, started: 0, completed: 0, retried: 0, dead: 0 },
  ...{ wait: NO_DURATIONS, run: NO_DURATIONS },
};

const STATES: readonly (keyof QueueCounts)[] = [
  ...(['waiting', 'active', 'delayed', 'prioritized'] as const),
  ...(['completed', 'failed', 'waiting-children'] as const),
];

type Series = (figures: ExpositionFigures, name: MetricName) => readonly Sample[];

const SERIES: Readonly<Record<MetricName, Series>> = {
  bullmq_job_count: jobsByState,
  bullmq_job_completed_total: perQueue((totals) => sum(totals, ({ completed }) => completed)),
  bullmq_job_failed_total: perQueue((totals) => sum(totals, ({ dead }) => dead)),
  drover_queue_jobs: jobsByState,
  drover_queue_health: ofFleet(({ stats: { queue }, status }) =>
    status === undefined
      ? []
      : QUEUE_STATUSES.map((each) => sample({ queue, status: each }, each === status ? 1 : 0)),
  ),
  drover_queue_paused: ofStats(({ isPaused }) => (isPaused ? 1 : 0)),
  drover_queue_workers: ofStats(({ workers }) => workers),
  drover_queue_slots: ofStats(({ slots }) => slots),
  drover_queue_oldest_waiting_seconds: ofStats(
    ({ oldestWaitingMs }) => (oldestWaitingMs ?? 0) / 1_000,
  ),
  drover_pool_workers: ({ fleet }) =>
    (fleet?.pools ?? []).flatMap(({ queue: pool, ...slots }) =>
      (['min', 'max', 'current', 'target'] as const).map((kind) =>
        sample({ pool, kind }, slots[kind]),
      ),
    ),
  drover_pool_scale_events_total: ({ scaleEvents }) =>
    scaleEvents.map(({ queue: pool, direction, reason, count }) =>
      sample({ pool, direction, reason }, count),
    ),
  drover_swept_total: ({ swept }) =>
    swept.map(({ queue, kind, count }) => sample({ queue, kind }, count)),
  drover_dead_letters: ofFleet(({ stats: { queue }, deadLetters }) =>
    deadLetters === undefined ? [] : [sample({ queue }, deadLetters)],
  ),
  drover_jobs_added_total: perJobName((labels, { added }) => [sample(labels, added)]),
  drover_jobs_finished_total: perJobName((labels, { completed, retried, dead }) => [
    sample({ ...labels, outcome: 'completed' }, completed),
    sample({ ...labels, outcome: 'failed' }, retried),
    sample({ ...labels, outcome: 'dead' }, dead),
  ]),
  drover_job_attempts_total: ofTotals((totals) => {
    const { queue } = totals;
    const completed = sum(totals, (each) => each.completed);
    const failed = sum(totals, ({ retried, dead }) => retried + dead);
    return [
      sample({ queue, outcome: 'completed' }, completed),
      sample({ queue, outcome: 'failed' }, failed),
    ];
  }),
  drover_jobs_stalled_total: perQueue(({ stalled }) => stalled),
  drover_dead_letters_captured_total: ({ queues, deadLettersCaptured }) =>
    deadLettersCaptured
      ? [...new Set([...queues, ...deadLettersCaptured.keys()])].map((queue) =>
          sample({ queue }, deadLettersCaptured.get(queue) ?? 0),
        )
      : [],
  drover_job_wait_seconds: perJobName((labels, { wait }, name) => histogram(name, labels, wait)),
  drover_job_run_seconds: perJobName((labels, { run }, name) => histogram(name, labels, run)),
  drover_payload_bytes: ofTotals(({ queue, payloads }, name) => [
    ...sizes(name, { queue, kind: 'data' }, payloads.data),
    ...sizes(name, { queue, kind: 'result' }, payloads.result),
  ]),
  drover_payload_packed_bytes_total: ofTotals(({ queue, payloads }) =>
    Object.entries(payloads.packed).flatMap(([kind, bytes]) =>
      bytes.plain === 0
        ? []
        : (['plain', 'stored', 'offloaded'] as const).map((form) =>
            sample({ queue, kind, form }, bytes[form]),
          ),
    ),
  ),
  drover_queue_memory_bytes: ({ fleet }) =>
    (fleet?.memory ?? []).flatMap(({ queue, kinds }) =>
      kinds.flatMap(({ kind, bytes }) => (bytes === null ? [] : [sample({ queue, kind }, bytes)])),
    ),
  drover_backup_last_timestamp_seconds: ofBackups(({ madeAt }) => madeAt / 1_000),
  drover_backup_last_bytes: ofBackups(({ bytes }) => bytes),
  drover_backup_last_verified_timestamp_seconds: ofBackups(({ verifiedAt }) =>
    verifiedAt === null ? undefined : verifiedAt / 1_000,
  ),
  drover_redis_up: ({ redis }) => (redis ? [sample({}, redis.isUp ? 1 : 0)] : []),
  drover_redis_connections: ({ redis }) =>
    byRole(redis?.connected, (isConnected) => (isConnected ? 1 : 0)),
  drover_redis_reconnects_total: ({ redis }) => byRole(redis?.reconnects, (count) => count),
  drover_shutdown_seconds: ({ shutdownSeconds }) =>
    shutdownSeconds === undefined ? [] : [sample({}, shutdownSeconds)],
  drover_build_info: ({ version }) => [sample({ version }, 1)],
};

/** The samples of one metric. Empty when nothing is known about it. */
export function samplesOf(name: MetricName, figures: ExpositionFigures): readonly Sample[] {
  return SERIES[name](figures, name);
}

function sample(labels: Sample['labels'], value: number): Sample {
  return { labels, value };
}

function ofBackups(of: (backup: BackupRecord) => number | undefined): Series {
  return ({ fleet }) =>
    (fleet?.backups ?? []).flatMap((backup) => {
      const value = of(backup);
      return value === undefined ? [] : [sample({ label: backup.label }, value)];
    });
}

function ofTotals(each: (totals: QueueTotals, name: MetricName) => readonly Sample[]): Series {
  return ({ queues, totals }, name) => {
    if (!totals) return [];
    const counted = new Set(totals.map(({ queue }) => queue));
    const uncounted = queues.filter((queue) => !counted.has(queue));
    const nothing = uncounted.map((queue) => ({
      queue,
      stalled: 0,
      names: [],
      payloads: new PayloadSizes(),
    }));
    return [...totals, ...nothing].flatMap((queue) => each(queue, name));
  };
}

function perQueue(value: (totals: QueueTotals) => number): Series {
  return ofTotals((totals) => [sample({ queue: totals.queue }, value(totals))]);
}

function perJobName(
  each: (labels: Sample['labels'], jobs: NameTotals, name: MetricName) => readonly Sample[],
): Series {
  return ofTotals(({ queue, names }, name) => {
    const hasOther = names.some(({ jobName }) => jobName === NO_JOBS.jobName);
    return [...names, ...(hasOther ? [] : [NO_JOBS])].flatMap((jobs) =>
      each({ queue, job_name: jobs.jobName }, jobs, name),
    );
  });
}

function ofFleet(each: (queue: FleetQueue) => readonly Sample[]): Series {
  return ({ fleet }) => (fleet?.queues ?? []).flatMap(each);
}

function ofStats(value: (stats: QueueStats) => number): Series {
  return ofFleet(({ stats }) => [sample({ queue: stats.queue }, value(stats))]);
}

function jobsByState(figures: ExpositionFigures): readonly Sample[] {
  return (figures.fleet?.queues ?? []).flatMap(({ stats: { queue, counts } }) =>
    STATES.map((state) => sample({ queue, state }, counts[state])),
  );
}

function byRole<T>(
  figures: Readonly<Record<string, T>> | undefined,
  value: (figure: T) => number,
): readonly Sample[] {
  return Object.entries(figures ?? {}).map(([role, figure]) => sample({ role }, value(figure)));
}

function sum({ names }: QueueTotals, value: (totals: NameTotals) => number): number {
  return names.reduce((total, each) => total + value(each), 0);
}

function histogram(
  name: MetricName,
  labels: Sample['labels'],
  { counts, sumMs }: DurationTotals,
): Sample[] {
  return cumulated(name, labels, { bounds: BOUNDS, counts, sum: sumMs / 1_000 });
}

function sizes(
  name: MetricName,
  labels: Sample['labels'],
  { counts, sumBytes }: SizeTotals,
): Sample[] {
  return cumulated(name, labels, { bounds: SIZE_BOUNDS, counts, sum: sumBytes });
}

/** Prometheus wants buckets that hold all below them, too. */
function cumulated(
  name: MetricName,
  sharedLabels: Sample['labels'],
  of: { bounds: readonly string[]; counts: readonly number[]; sum: number },
): Sample[] {
  const part = (suffix: string, value: number, labels = {}): Sample => {
    return { labels, sharedLabels, value, metricName: `${name}_${suffix}` };
  };
  let below = 0;
  const buckets = of.bounds.map((le, i) => {
    below += of.counts[i] ?? 0;
    return part('bucket', below, { le });
  });
  return [...buckets, part('sum', of.sum), part('count', below)];
}
