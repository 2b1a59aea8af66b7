import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { BUCKETS_MS } from './buckets.ts';
import { Exposition } from './exposition.ts';
import type {
  DurationTotals,
  ExpositionFigures,
  NameTotals,
  QueueTotals,
} from './exposition-input.ts';
import { METRICS } from './metric-catalogue.ts';
import { PayloadSizes } from './payload-sizes.ts';

const none: DurationTotals = { counts: BUCKETS_MS.map(() => 0), sumMs: 0 };
const jobs = (jobName: string, some: Partial<NameTotals>): NameTotals => ({
  ...{ jobName, added: 0, started: 0, completed: 0, retried: 0, dead: 0 },
  ...{ wait: none, run: none },
  ...some,
});
const totals = (...names: NameTotals[]): { totals: QueueTotals[] } => ({
  totals: [{ queue: 'q', stalled: 0, names, payloads: new PayloadSizes() }],
});
const figures = (some: Partial<ExpositionFigures> = {}): ExpositionFigures => ({
  ...{ version: '1.2.3', queues: [], totals: [], deadLettersCaptured: new Map() },
  ...{ fleet: undefined, scaleEvents: [], swept: [], redis: undefined, shutdownSeconds: undefined },
  ...some,
});
const counts = {
  ...{ waiting: 1, active: 2, prioritized: 3, delayed: 4, 'waiting-children': 5 },
  ...{ completed: 6, failed: 7 },
};
const stats = { queue: 'thumbnails', counts, isPaused: false, workers: 2, slots: 8 };

/** Lines of samples of one metric. */
async function linesOf(name: string, some: Partial<ExpositionFigures>): Promise<string[]> {
  const text = await new Exposition(() => figures(some)).text();
  return text.split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
}

test('each metric of the catalogue is described once, and nothing else is', async () => {
  const text = await new Exposition(() => figures()).text();
  const described = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
    name,
    type,
  ]);
  expect(described).toEqual(Object.entries(METRICS).map(([name, { type }]) => [name, type]));
  expect(text.match(/^# HELP /gm)).toHaveLength(described.length);
});

test('every known queue has its counters at zero before its first job', async () => {
  const queues = ['thumbnails', 'photos:import'];
  expect(await linesOf('bullmq_job_completed_total', { queues })).toEqual([
    'bullmq_job_completed_total{queue="thumbnails"} 0',
    'bullmq_job_completed_total{queue="photos:import"} 0',
  ]);
  expect(await linesOf('drover_jobs_finished_total', { queues: ['thumbnails'] })).toEqual([
    'drover_jobs_finished_total{queue="thumbnails",job_name="other",outcome="completed"} 0',
    'drover_jobs_finished_total{queue="thumbnails",job_name="other",outcome="failed"} 0',
    'drover_jobs_finished_total{queue="thumbnails",job_name="other",outcome="dead"} 0',
  ]);
});

test('a process that does not measure says nothing of jobs, rather than zero', async () => {
  const silent = { queues: ['q'], totals: undefined, deadLettersCaptured: undefined };
  const text = await new Exposition(() => figures(silent)).text();
  expect(text).not.toContain('{queue=');
  expect(text).toContain('drover_build_info{version="1.2.3"} 1');
});

test('an attempt that will be repeated is a failed attempt and no failed job', async () => {
  const some = totals(jobs('make', { completed: 7, retried: 3, dead: 2 }));
  expect(await linesOf('bullmq_job_completed_total', some)).toEqual([
    'bullmq_job_completed_total{queue="q"} 7',
  ]);
  expect(await linesOf('bullmq_job_failed_total', some)).toEqual([
    'bullmq_job_failed_total{queue="q"} 2',
  ]);
  expect(await linesOf('drover_job_attempts_total', some)).toEqual([
    'drover_job_attempts_total{queue="q",outcome="completed"} 7',
    'drover_job_attempts_total{queue="q",outcome="failed"} 5',
  ]);
  expect(await linesOf('drover_jobs_finished_total', some)).toContain(
    'drover_jobs_finished_total{queue="q",job_name="make",outcome="failed"} 3',
  );
});

test('buckets hold all below them, and the count holds what no bucket does', async () => {
  const wait = {
    counts: [1, 2, ...BUCKETS_MS.slice(2).map(() => 0), 4],
    sumMs: 8_000_500,
  };
  const some = totals(jobs('make', { wait }));
  const lines = (await linesOf('drover_job_wait_seconds_bucket', some)).filter((line) =>
    line.includes('job_name="make"'),
  );
  expect(lines).toHaveLength(BUCKETS_MS.length + 1);
  expect(lines.slice(0, 3)).toEqual([
    'drover_job_wait_seconds_bucket{le="0.005",queue="q",job_name="make"} 1',
    'drover_job_wait_seconds_bucket{le="0.01",queue="q",job_name="make"} 3',
    'drover_job_wait_seconds_bucket{le="0.025",queue="q",job_name="make"} 3',
  ]);
  expect(lines.slice(-2)).toEqual([
    'drover_job_wait_seconds_bucket{le="1800",queue="q",job_name="make"} 3',
    'drover_job_wait_seconds_bucket{le="+Inf",queue="q",job_name="make"} 7',
  ]);
  expect(await linesOf('drover_job_wait_seconds_sum', some)).toContain(
    'drover_job_wait_seconds_sum{queue="q",job_name="make"} 8000.5',
  );
  expect(await linesOf('drover_job_wait_seconds_count', some)).toContain(
    'drover_job_wait_seconds_count{queue="q",job_name="make"} 7',
  );
});

test('a queue that was counted is told once, beside one that was not, and so is other', async () => {
  const some = { ...totals(jobs('other', { added: 3 })), queues: ['q', 'p'] };
  expect(await linesOf('drover_jobs_added_total', some)).toEqual([
    'drover_jobs_added_total{queue="q",job_name="other"} 3',
    'drover_jobs_added_total{queue="p",job_name="other"} 0',
  ]);
});

test('sizes of payloads are told by kind, and what packing made of them', async () => {
  const payloads = new PayloadSizes();
  payloads.data.add(4_000);
  payloads.data.add(300);
  payloads.pack('result', 6_000, 900);
  payloads.offload('result', 600);
  const some = { totals: [{ queue: 'q', stalled: 0, names: [], payloads }] };
  expect(await linesOf('drover_payload_bytes_(?:sum|count)', some)).toEqual([
    'drover_payload_bytes_sum{queue="q",kind="data"} 4300',
    'drover_payload_bytes_count{queue="q",kind="data"} 2',
    'drover_payload_bytes_sum{queue="q",kind="result"} 6000',
    'drover_payload_bytes_count{queue="q",kind="result"} 1',
  ]);
  const buckets = await linesOf('drover_payload_bytes_bucket', some);
  expect(buckets.slice(0, 4)).toEqual([
    'drover_payload_bytes_bucket{le="256",queue="q",kind="data"} 0',
    'drover_payload_bytes_bucket{le="1024",queue="q",kind="data"} 1',
    'drover_payload_bytes_bucket{le="4096",queue="q",kind="data"} 2',
    'drover_payload_bytes_bucket{le="16384",queue="q",kind="data"} 2',
  ]);
  expect(await linesOf('drover_payload_packed_bytes_total', some)).toEqual([
    'drover_payload_packed_bytes_total{queue="q",kind="result",form="plain"} 6000',
    'drover_payload_packed_bytes_total{queue="q",kind="result",form="stored"} 900',
    'drover_payload_packed_bytes_total{queue="q",kind="result",form="offloaded"} 600',
  ]);
});

test('memory is told where it is known, and not as 0 where it is not', async () => {
  const kinds = [
    { kind: 'completed', bytes: 2_048 },
    { kind: 'events', bytes: null },
  ];
  const fleet = { queues: [], pools: [], memory: [{ queue: 'q', kinds }] };
  expect(await linesOf('drover_queue_memory_bytes', { fleet })).toEqual([
    'drover_queue_memory_bytes{queue="q",kind="completed"} 2048',
  ]);
  const unknown = { fleet: { queues: [], pools: [] } };
  expect(await linesOf('drover_queue_memory_bytes', unknown)).toEqual([]);
});

test('records of dead letters are counted from zero, by whoever wrote them', async () => {
  const some = { queues: ['q', 'p'], deadLettersCaptured: new Map([['q', 2]]) };
  expect(await linesOf('drover_dead_letters_captured_total', some)).toEqual([
    'drover_dead_letters_captured_total{queue="q"} 2',
    'drover_dead_letters_captured_total{queue="p"} 0',
  ]);
});

test('a name that holds quotes, backslashes and line ends stays one label', async () => {
  const some = totals(jobs('a"b\\c\nd', { added: 1 }));
  expect(await linesOf('drover_jobs_added_total', some)).toContain(
    'drover_jobs_added_total{queue="q",job_name="a\\"b\\\\c\\nd"} 1',
  );
});

test('gauges of the fleet come from the holder of the lease alone', async () => {
  const fleet = {
    queues: [
      { stats: { ...stats, oldestWaitingMs: 1_500 }, status: 'degraded', deadLetters: 9 } as const,
    ],
    pools: [{ queue: 'thumbnails', min: 1, max: 8, current: 5, target: 7 }],
    memory: [{ queue: 'thumbnails', kinds: [{ kind: 'events', bytes: 900 }] }],
    backups: [
      {
        ...{ label: 'queue', name: 'queue-20261127T070000Z', madeAt: 1_764_000_000_500 },
        ...{ bytes: 4_096, verifiedAt: 1_763_900_000_000, verifiedName: 'queue-20261126T031320Z' },
      },
    ],
  };
  const names = Object.entries(METRICS).flatMap(([name, { scope }]) =>
    scope === 'fleet' ? [name] : [],
  );
  for (const name of names) {
    expect([name, await linesOf(name, {})]).toEqual([name, []]);
    expect((await linesOf(name, { fleet })).length).toBeGreaterThan(0);
  }
  expect(await linesOf('bullmq_job_count', { fleet })).toEqual([
    'bullmq_job_count{queue="thumbnails",state="waiting"} 1',
    'bullmq_job_count{queue="thumbnails",state="active"} 2',
    'bullmq_job_count{queue="thumbnails",state="delayed"} 4',
    'bullmq_job_count{queue="thumbnails",state="prioritized"} 3',
    'bullmq_job_count{queue="thumbnails",state="completed"} 6',
    'bullmq_job_count{queue="thumbnails",state="failed"} 7',
    'bullmq_job_count{queue="thumbnails",state="waiting-children"} 5',
  ]);
  const health = await linesOf('drover_queue_health', { fleet });
  expect(health.filter((line) => line.endsWith(' 1'))).toEqual([
    'drover_queue_health{queue="thumbnails",status="degraded"} 1',
  ]);
  expect(health).toHaveLength(6);
  expect(await linesOf('drover_queue_oldest_waiting_seconds', { fleet })).toEqual([
    'drover_queue_oldest_waiting_seconds{queue="thumbnails"} 1.5',
  ]);
});

test('backups are told by label in seconds, and what was never verified has no time', async () => {
  const backup = { name: 'x', madeAt: 1_764_000_000_500, bytes: 7 };
  const backups = [
    { ...backup, label: 'a', verifiedAt: 1_763_900_000_000, verifiedName: 'y' },
    { ...backup, label: 'b', verifiedAt: null, verifiedName: null },
  ];
  const fleet = { queues: [], pools: [], backups };
  expect(await linesOf('drover_backup_last_timestamp_seconds', { fleet })).toEqual([
    'drover_backup_last_timestamp_seconds{label="a"} 1764000000.5',
    'drover_backup_last_timestamp_seconds{label="b"} 1764000000.5',
  ]);
  expect(await linesOf('drover_backup_last_bytes', { fleet })).toContain(
    'drover_backup_last_bytes{label="a"} 7',
  );
  expect(await linesOf('drover_backup_last_verified_timestamp_seconds', { fleet })).toEqual([
    'drover_backup_last_verified_timestamp_seconds{label="a"} 1763900000',
  ]);
});

test('a pool tells its limits, its open slots and its target, and why it was scaled', async () => {
  const pools = [{ queue: 'thumbnails', min: 1, max: 8, current: 5, target: 7 }];
  expect(await linesOf('drover_pool_workers', { fleet: { queues: [], pools } })).toEqual([
    'drover_pool_workers{pool="thumbnails",kind="min"} 1',
    'drover_pool_workers{pool="thumbnails",kind="max"} 8',
    'drover_pool_workers{pool="thumbnails",kind="current"} 5',
    'drover_pool_workers{pool="thumbnails",kind="target"} 7',
  ]);
  const event = { queue: 'thumbnails', direction: 'up', reason: 'backlog', count: 3 } as const;
  expect(await linesOf('drover_pool_scale_events_total', { scaleEvents: [event] })).toEqual([
    'drover_pool_scale_events_total{pool="thumbnails",direction="up",reason="backlog"} 3',
  ]);
  const swept = { queue: 'thumbnails', kind: 'bodies', count: 7 } as const;
  expect(await linesOf('drover_swept_total', { swept: [swept] })).toEqual([
    'drover_swept_total{queue="thumbnails",kind="bodies"} 7',
  ]);
});

test('what nobody has judged or counted is left out', async () => {
  const fleet = {
    queues: [
      { stats: { ...stats, oldestWaitingMs: null }, status: undefined, deadLetters: undefined },
    ],
    pools: [],
  };
  expect(await linesOf('drover_queue_health', { fleet })).toEqual([]);
  expect(await linesOf('drover_dead_letters', { fleet })).toEqual([]);
  expect(await linesOf('drover_queue_oldest_waiting_seconds', { fleet })).toEqual([
    'drover_queue_oldest_waiting_seconds{queue="thumbnails"} 0',
  ]);
});

test('all metrics of a scrape are of one moment, and the next scrape of another', async () => {
  let asked = 0;
  const exposition = new Exposition(() => {
    asked += 1;
    return figures({ version: `${asked}` });
  });
  expect(await exposition.text()).toContain('version="1"');
  expect(await exposition.text()).toContain('version="2"');
  expect(asked).toBe(2);
});

test('a registry that is read as objects has all labels in one place', async () => {
  const registry = new Registry();
  new Exposition(() => figures(totals(jobs('make', {})))).collectInto(registry);
  const metrics = await registry.getMetricsAsJSON();
  const { values } = metrics.find(({ name }) => name === 'drover_job_run_seconds')!;
  expect(values[0]).toEqual({
    metricName: 'drover_job_run_seconds_bucket',
    ...{ labels: { queue: 'q', job_name: 'make', le: '0.005' }, value: 0 },
  });
});

test("a user's registry tells the same beside its own, in either of its formats", async () => {
  const exposition = new Exposition(() => figures({ queues: ['q'] }));
  const registry = new Registry();
  exposition.collectInto(registry);
  registry.setDefaultLabels({ app: 'shop' });
  expect(await registry.metrics()).toContain('bullmq_job_failed_total{queue="q",app="shop"} 0');
  const open = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  exposition.collectInto(open);
  const text = await open.metrics();
  expect(text).toContain('# TYPE bullmq_job_failed counter\nbullmq_job_failed_total{queue="q"} 0');
  expect(text).toContain('# TYPE bullmq_job_count unknown\n');
  expect(await open.metrics()).toBe(text);
  open.resetMetrics();
  expect(() => exposition.collectInto(registry)).toThrow('has already been registered');
});
