/**
 * Figures → the samples of each metric. Pure.
 *
 * Every queue that the process uses has its counters from the start, at zero: a counter that is born with its
 * first event hides that event. Names of jobs are bounded, since each costs some fifty series; the rest is
 * `other`. No label ever holds an id.
 */
import type { QueueCounts, QueueStats } from '../queues/queue-stats.ts';
import {
  BUCKETS_SECONDS,
  type DurationTotals,
  type ExpositionFigures,
  type FleetQueue,
  type JobTotals,
  QUEUE_STATUSES,
  type QueueTotals,
} from './exposition-input.ts';
import type { MetricName } from './metric-catalogue.ts';

/** One line of the exposition. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** When it is not the metric's own: of the parts of histograms and summaries. */
  readonly metricName?: string;
}

/** Names of jobs that a queue may have in its labels, `other` not counted. */
export const MAX_JOB_NAMES = 50;
const OTHER = 'other';

const NO_DURATIONS: DurationTotals = {
  counts: [...BUCKETS_SECONDS, Number.POSITIVE_INFINITY].map(() => 0),
  sumSeconds: 0,
};
const NO_JOBS: JobTotals = {
  ...{ added: 0, completed: 0, retried: 0, dead: 0 },
  ...{ wait: NO_DURATIONS, run: NO_DURATIONS },
};
const NO_TOTALS: QueueTotals = {
  jobs: new Map(),
  ...{ stalled: 0, deadLettersCaptured: 0, payload: { jobs: 0, bytes: 0 } },
};

/** BullMQ's name of a state → ours. */
const STATES: Readonly<Record<string, keyof QueueCounts>> = {
  ...{ waiting: 'waiting', active: 'active', delayed: 'delayed', prioritized: 'prioritized' },
  ...{ completed: 'completed', failed: 'failed', 'waiting-children': 'waitingChildren' },
};

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
  drover_dead_letters: ofFleet(({ stats: { queue }, deadLetters }) =>
    deadLetters === undefined ? [] : [sample({ queue }, deadLetters)],
  ),
  drover_jobs_added_total: perJobName((labels, { added }) => [sample(labels, added)]),
  drover_jobs_finished_total: perJobName((labels, { completed, retried, dead }) => [
    sample({ ...labels, outcome: 'completed' }, completed),
    sample({ ...labels, outcome: 'failed' }, retried),
    sample({ ...labels, outcome: 'dead' }, dead),
  ]),
  drover_job_attempts_total: ofTotals((totals, queue) => [
    sample(
      { queue, outcome: 'completed' },
      sum(totals, ({ completed }) => completed),
    ),
    sample(
      { queue, outcome: 'failed' },
      sum(totals, ({ retried, dead }) => retried + dead),
    ),
  ]),
  drover_jobs_stalled_total: perQueue(({ stalled }) => stalled),
  drover_dead_letters_captured_total: perQueue(({ deadLettersCaptured }) => deadLettersCaptured),
  drover_job_wait_seconds: perJobName((labels, { wait }, name) => histogram(name, labels, wait)),
  drover_job_run_seconds: perJobName((labels, { run }, name) => histogram(name, labels, run)),
  drover_payload_bytes: ofTotals(({ payload }, queue, name) => [
    { ...sample({ queue, kind: 'inline' }, payload.bytes), metricName: `${name}_sum` },
    { ...sample({ queue, kind: 'inline' }, payload.jobs), metricName: `${name}_count` },
  ]),
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

function ofTotals(
  each: (totals: QueueTotals, queue: string, name: MetricName) => readonly Sample[],
): Series {
  return ({ queues, totals }, name) => {
    if (!totals) return [];
    const labels = new Set([...queues, ...totals.keys()]);
    return [...labels].flatMap((queue) => each(totals.get(queue) ?? NO_TOTALS, queue, name));
  };
}

function perQueue(value: (totals: QueueTotals) => number): Series {
  return ofTotals((totals, queue) => [sample({ queue }, value(totals))]);
}

function perJobName(
  each: (labels: Sample['labels'], jobs: JobTotals, name: MetricName) => readonly Sample[],
): Series {
  return ofTotals(({ jobs }, queue, name) =>
    [...bounded(jobs)].flatMap(([jobName, totals]) =>
      each({ queue, job_name: jobName }, totals, name),
    ),
  );
}

function ofFleet(each: (queue: FleetQueue) => readonly Sample[]): Series {
  return ({ fleet }) => (fleet?.queues ?? []).flatMap(each);
}

function ofStats(value: (stats: QueueStats) => number): Series {
  return ofFleet(({ stats }) => [sample({ queue: stats.queue }, value(stats))]);
}

function jobsByState(figures: ExpositionFigures): readonly Sample[] {
  return (figures.fleet?.queues ?? []).flatMap(({ stats: { queue, counts } }) =>
    Object.entries(STATES).map(([state, count]) => sample({ queue, state }, counts[count])),
  );
}

function byRole<T>(
  figures: Readonly<Record<string, T>> | undefined,
  value: (figure: T) => number,
): readonly Sample[] {
  return Object.entries(figures ?? {}).map(([role, figure]) => sample({ role }, value(figure)));
}

function sum({ jobs }: QueueTotals, value: (totals: JobTotals) => number): number {
  return [...jobs.values()].reduce((total, each) => total + value(each), 0);
}

/**
 * The first names and `other`, which is there from the start. Who was among the first stays there, so that no
 * counter ever falls.
 */
function bounded(jobs: QueueTotals['jobs']): Map<string, JobTotals> {
  const kept = new Map([[OTHER, jobs.get(OTHER) ?? NO_JOBS]]);
  for (const [jobName, totals] of jobs) {
    if (jobName === OTHER) continue;
    if (kept.size <= MAX_JOB_NAMES) kept.set(jobName, totals);
    else kept.set(OTHER, plus(kept.get(OTHER)!, totals));
  }
  return kept;
}

function plus(a: JobTotals, b: JobTotals): JobTotals {
  return {
    added: a.added + b.added,
    completed: a.completed + b.completed,
    retried: a.retried + b.retried,
    dead: a.dead + b.dead,
    wait: plusDurations(a.wait, b.wait),
    run: plusDurations(a.run, b.run),
  };
}

function plusDurations(a: DurationTotals, b: DurationTotals): DurationTotals {
  return {
    counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)),
    sumSeconds: a.sumSeconds + b.sumSeconds,
  };
}

/** Prometheus wants buckets that hold all below them, too. */
function histogram(
  name: MetricName,
  labels: Sample['labels'],
  { counts, sumSeconds }: DurationTotals,
): Sample[] {
  const samples: Sample[] = [];
  let below = 0;
  for (const [i, bound] of [...BUCKETS_SECONDS.map(String), '+Inf'].entries()) {
    below += counts[i] ?? 0;
    samples.push({ ...sample({ ...labels, le: bound }, below), metricName: `${name}_bucket` });
  }
  samples.push({ ...sample(labels, sumSeconds), metricName: `${name}_sum` });
  samples.push({ ...sample(labels, below), metricName: `${name}_count` });
  return samples;
}
