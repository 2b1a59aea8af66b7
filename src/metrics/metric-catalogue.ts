/**
 * Every metric that is exported: the catalogue of metrics.
 *
 * The exposition and the reference page are made from it. Names without a `drover_` in front are BullMQ's own,
 * kept because dashboards for them exist. Scope `process`: each process tells its own part, add them up. Scope
 * `fleet`: one process at a time tells it for all, take the maximum.
 */

/** Name → type, labels, scope, meaning, and the version that brought it. */
export const METRICS = {
  bullmq_job_count: {
    // Prometheus reserves `_count` for histograms, and its linter refuses the name for a gauge.
    type: 'untyped',
    labels: ['queue', 'state'],
    scope: 'fleet',
    help: 'Jobs by state, named as BullMQ names it.',
    since: '0.1.0',
  },
  bullmq_job_completed_total: {
    type: 'counter',
    labels: ['queue'],
    scope: 'process',
    help: 'Jobs that this process has completed, named as BullMQ names it.',
    since: '0.1.0',
  },
  bullmq_job_failed_total: {
    type: 'counter',
    labels: ['queue'],
    scope: 'process',
    help: 'Jobs that have failed for good in this process, named as BullMQ names it.',
    since: '0.1.0',
  },
  drover_queue_jobs: {
    type: 'gauge',
    labels: ['queue', 'state'],
    scope: 'fleet',
    help: 'Jobs by state.',
    since: '0.1.0',
  },
  drover_queue_health: {
    type: 'gauge',
    labels: ['queue', 'status'],
    scope: 'fleet',
    help: '1 for the status that the queue has, 0 for all others.',
    since: '0.1.0',
  },
  drover_queue_paused: {
    type: 'gauge',
    labels: ['queue'],
    scope: 'fleet',
    help: 'Whether the queue is paused: 1 or 0.',
    since: '0.1.0',
  },
  drover_queue_workers: {
    type: 'gauge',
    labels: ['queue'],
    scope: 'fleet',
    help: 'Workers with a recent heartbeat. Workers that do not run Drover are not counted.',
    since: '0.1.0',
  },
  drover_queue_slots: {
    type: 'gauge',
    labels: ['queue'],
    scope: 'fleet',
    help: 'Jobs that the workers of the queue can run at once.',
    since: '0.1.0',
  },
  drover_queue_oldest_waiting_seconds: {
    type: 'gauge',
    labels: ['queue'],
    scope: 'fleet',
    help: 'How long the oldest waiting job has been waiting for a worker; 0 when none waits.',
    since: '0.1.0',
  },
  drover_pool_workers: {
    type: 'gauge',
    labels: ['pool', 'kind'],
    scope: 'fleet',
    help: 'Slots of a pool in the fleet: min, max, current (open), target (wanted).',
    since: '0.1.0',
  },
  drover_pool_scale_events_total: {
    type: 'counter',
    labels: ['pool', 'direction', 'reason'],
    scope: 'process',
    help: 'Changes of the target of a pool that this process has decided, by the term that decided.',
    since: '0.1.0',
  },
  drover_swept_total: {
    type: 'counter',
    labels: ['queue', 'kind'],
    scope: 'process',
    help: 'What this process has let go as leader: completed and failed jobs, progress of jobs, entries of events streams, bodies.',
    since: '0.1.0',
  },
  drover_dead_letters: {
    type: 'gauge',
    labels: ['queue'],
    scope: 'fleet',
    help: 'Records of dead letters.',
    since: '0.1.0',
  },
  drover_jobs_added_total: {
    type: 'counter',
    labels: ['queue', 'job_name'],
    scope: 'process',
    help: 'Jobs that this process has added.',
    since: '0.1.0',
  },
  drover_jobs_finished_total: {
    type: 'counter',
    labels: ['queue', 'job_name', 'outcome'],
    scope: 'process',
    help: 'Runs of jobs that ended in this process: completed, failed (will be tried again) or dead (will not).',
    since: '0.1.0',
  },
  drover_job_attempts_total: {
    type: 'counter',
    labels: ['queue', 'outcome'],
    scope: 'process',
    help: 'Attempts that ended in this process: completed, or failed whether or not another one follows.',
    since: '0.1.0',
  },
  drover_jobs_stalled_total: {
    type: 'counter',
    labels: ['queue'],
    scope: 'process',
    help: 'Jobs whose lock ran out, as found by this process.',
    since: '0.1.0',
  },
  drover_dead_letters_captured_total: {
    type: 'counter',
    labels: ['queue'],
    scope: 'process',
    help: 'Records of dead letters that this process has written.',
    since: '0.1.0',
  },
  drover_job_wait_seconds: {
    type: 'histogram',
    labels: ['queue', 'job_name'],
    scope: 'process',
    help: 'From when a job could have been fetched to its fetch; first attempts only.',
    since: '0.1.0',
  },
  drover_job_run_seconds: {
    type: 'histogram',
    labels: ['queue', 'job_name'],
    scope: 'process',
    help: 'From the fetch of a job to the end of its processor; completed jobs only.',
    since: '0.1.0',
  },
  drover_payload_bytes: {
    type: 'histogram',
    labels: ['queue', 'kind'],
    scope: 'process',
    help: 'Size of payloads as processors see them, a character counted as one byte: data of the jobs that were begun, and results of queues with a payload policy.',
    since: '0.1.0',
  },
  drover_payload_packed_bytes_total: {
    type: 'counter',
    labels: ['queue', 'kind', 'form'],
    scope: 'process',
    help: 'Bytes of the payloads that this process has packed by the policy of their queue: plain, as JSON; stored, after compression and encryption; offloaded, bodies in stores. Absent before the first one.',
    since: '0.1.0',
  },
  drover_queue_memory_bytes: {
    type: 'gauge',
    labels: ['queue', 'kind'],
    scope: 'fleet',
    help: 'Memory of Redis that a queue takes, by what takes it: an estimate from samples, some minutes old. Absent where nothing is known.',
    since: '0.1.0',
  },
  drover_backup_last_timestamp_seconds: {
    type: 'gauge',
    labels: ['label'],
    scope: 'fleet',
    help: 'When the last backup by Drover was made, as Unix time, by label. Absent where Redis was told of none.',
    since: '0.1.0',
  },
  drover_backup_last_bytes: {
    type: 'gauge',
    labels: ['label'],
    scope: 'fleet',
    help: 'Size of the last backup as it lies in its store.',
    since: '0.1.0',
  },
  drover_backup_last_verified_timestamp_seconds: {
    type: 'gauge',
    labels: ['label'],
    scope: 'fleet',
    help: 'When a backup was last loaded into another server and found whole, as Unix time. Absent before the first time.',
    since: '0.1.0',
  },
  drover_redis_up: {
    type: 'gauge',
    labels: [],
    scope: 'process',
    help: 'Whether this process finds Redis healthy, as /health/redis says it: 1 or 0. Absent when none is configured.',
    since: '0.1.0',
  },
  drover_redis_connections: {
    type: 'gauge',
    labels: ['role'],
    scope: 'process',
    help: 'Connections of this process that can be used.',
    since: '0.1.0',
  },
  drover_redis_reconnects_total: {
    type: 'counter',
    labels: ['role'],
    scope: 'process',
    help: 'How often a connection has come back after it was away.',
    since: '0.1.0',
  },
  drover_shutdown_seconds: {
    type: 'gauge',
    labels: [],
    scope: 'process',
    help: 'How long the stop of this process has taken. Absent before it.',
    since: '0.1.0',
  },
  drover_build_info: {
    type: 'gauge',
    labels: ['version'],
    scope: 'process',
    help: 'Always 1; the version of Drover is the label.',
    since: '0.1.0',
  },
} as const;

METRICS satisfies Record<string, MetricDescription>;

/** Name of a metric. */
export type MetricName = keyof typeof METRICS;

/** What is said of each metric. */
export interface MetricDescription {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';
  readonly labels: readonly string[];
  readonly scope: 'process' | 'fleet';
  readonly help: string;
  /** Version of Drover that brought it. */
  readonly since: string;
}
