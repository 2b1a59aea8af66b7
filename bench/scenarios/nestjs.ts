/**
 * A Nest application with 5 queues, 5 workers and 5 listeners, against `@nestjs/bullmq`: how many sockets it has, how
 * long it takes to start and to close with Redis up, down and killed, and how fast a consumer works.
 *
 * Each figure is of a fresh process. Where the peer's `close()` hangs, its figure is the time after which it was
 * given up.
 */
import { type Child, startChild } from '../harness/children.ts';
import { sleep, until } from '../harness/clock.ts';
import type { NestWorker } from '../harness/nest-process.ts';
import { freePort, type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone, compared, type Label } from '../harness/report.ts';
import { interleave, interleaveAll, repeat } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { steadyClients } from '../harness/steady-clients.ts';
import type { ProducerWorker } from '../workers/producer.ts';
import { queueNames } from './waiting-side.ts';

const QUEUES: readonly string[] = queueNames(5);
const MOST_SOCKETS = 3;

const BOOT_ROUNDS = 11;
/** What starting may take longer with Redis down than with Redis up. */
const MOST_LONGER_MS = 100;

const CLOSE_ROUNDS = 5;
/** `shutdownTimeoutMs` of ours. */
const DEADLINE_MS = 2_000;
/** Beyond the deadline: what Nest and the process need around the wait. */
const AROUND_MS = 100;
/** After so long a close counts as one that hangs. */
const GIVEN_UP_MS = 10_000;
/** Time for an application to notice that Redis is gone. */
const NOTICE_MS = 1_000;
/** Jobs that run on for half a second after the close has begun. */
const JOB_MS = NOTICE_MS + 500;

const DRAIN_ROUNDS = 7;
const DRAIN_JOBS = 20_000;
const QUICK_DRAIN_JOBS = 1_000;
const WARM_UP_JOBS = 2_000;
const DRAIN_CONCURRENCY = 10;
const START_TIMEOUT_MS = 60_000;

type Side = 'ours' | 'peer';

export const nestjs: Scenario = {
  name: 'nestjs',
  describe:
    'a Nest application: sockets, start and close with Redis up, down and killed, jobs per second',
  async run(options) {
    const parts = [measureSockets, measureBoot, measureClose, measureEndlessClose, measureDrain];
    const rows: Row[] = [];
    for (const part of parts) rows.push(...(await options.part(() => part(options))));
    return rows;
  },
};

async function measureSockets(options: RunOptions): Promise<Row[]> {
  await using redis = await startRedis();
  const counts = await interleave(roundsOf(options, 1), async (side) => {
    await redis.flush();
    await using app = startApp(side);
    await boot(app, redis.url);
    const count = await steadyClients(redis);
    options.progress(`${side}: ${count} sockets`);
    return count;
  });
  const what = `${QUEUES.length} queues, ${QUEUES.length} workers, ${QUEUES.length} listeners`;
  return against({ what, unit: 'sockets', bar: MOST_SOCKETS, better: 'lower' }, counts);
}

/** The sides of the start: each package, with Redis up and with nothing on its port. */
const STARTS = ['ours up', 'ours down', 'peer up', 'peer down'] as const;

async function measureBoot(options: RunOptions): Promise<Row[]> {
  await using redis = await startRedis();
  const nothing = await unreachableUrl();
  const tookMs = await interleaveAll(roundsOf(options, BOOT_ROUNDS), STARTS, async (start) => {
    const [side, state] = start.split(' ') as [Side, 'up' | 'down'];
    await redis.flush();
    await using app = startApp(side);
    const ms = await boot(app, state === 'up' ? redis.url : nothing);
    options.progress(`${start}: listens after ${Math.round(ms)} ms`);
    return ms;
  });
  const label = { unit: 'ms', better: 'lower', bar: null } as const;
  const longer = tookMs['ours down'].map((ms, round) => ms - tookMs['ours up'][round]!);
  return [
    compared(
      { ...label, what: 'from create to listen, Redis up' },
      { ours: tookMs['ours up'], peer: tookMs['peer up'] },
    ),
    compared(
      { ...label, what: 'from create to listen, Redis down' },
      { ours: tookMs['ours down'], peer: tookMs['peer down'] },
    ),
    alone({ ...label, what: 'longer with Redis down than up', bar: MOST_LONGER_MS }, longer),
  ];
}

async function measureClose(options: RunOptions): Promise<Row[]> {
  const rounds = roundsOf(options, CLOSE_ROUNDS);
  const label = { unit: 'ms', better: 'lower', bar: DEADLINE_MS + AROUND_MS } as const;
  const nothing = await unreachableUrl();
  const never = await interleave(rounds, async (side) => {
    await using app = startApp(side);
    await boot(app, nothing);
    await sleep(NOTICE_MS);
    return await closeMs(app, `${side}, Redis never there`, options);
  });
  const killed = await interleave(rounds, (side) => closeAfterKill(side, JOB_MS, options));
  return [
    ...against({ ...label, what: 'close(), Redis never there' }, never),
    ...against({ ...label, what: 'close(), Redis killed while jobs run' }, killed),
  ];
}

/** Of ours alone: no close of the peer ends before its jobs, whatever Redis does. */
async function measureEndlessClose(options: RunOptions): Promise<Row[]> {
  const rounds = roundsOf(options, CLOSE_ROUNDS);
  const tookMs = await repeat(rounds, () => closeAfterKill('ours', null, options));
  const what = 'close(), Redis killed while jobs run that never end';
  return [alone({ what, unit: 'ms', bar: DEADLINE_MS + AROUND_MS, better: 'lower' }, tookMs)];
}

async function closeAfterKill(
  side: Side,
  jobMs: number | null,
  options: RunOptions,
): Promise<number> {
  await using redis = await startRedis();
  await using app = startApp(side);
  await boot(app, redis.url, { jobMs });
  await addJobs(redis, (producer) => producer.call('burst', { queues: QUEUES }));
  const haveAllBegun = async () => (await app.call('begun', null)) === QUEUES.length;
  await until(haveAllBegun, START_TIMEOUT_MS, 'a job ran on every worker');
  await redis.kill();
  await sleep(NOTICE_MS);
  const jobs = jobMs === null ? 'endless jobs' : 'jobs';
  return await closeMs(app, `${side}, Redis killed, ${jobs}`, options);
}

async function closeMs(
  app: Child<NestWorker>,
  what: string,
  { progress }: RunOptions,
): Promise<number> {
  const tookMs = await app.call('close', { boundMs: GIVEN_UP_MS });
  progress(
    tookMs === null
      ? `${what}: close() had not ended after ${GIVEN_UP_MS} ms`
      : `${what}: close() took ${Math.round(tookMs)} ms`,
  );
  return tookMs ?? GIVEN_UP_MS;
}

async function measureDrain(options: RunOptions): Promise<Row[]> {
  const jobs = options.quick ? QUICK_DRAIN_JOBS : DRAIN_JOBS;
  const [queue] = QUEUES as [string];
  await using redis = await startRedis();
  const rates = await interleave(roundsOf(options, DRAIN_ROUNDS), async (side) => {
    await redis.flush();
    const all = WARM_UP_JOBS + jobs;
    await addJobs(redis, (producer) => producer.call('fill', { queue, jobs: all, bytes: 60 }));
    await using app = startApp(side);
    await boot(app, redis.url, { queues: [queue], concurrency: DRAIN_CONCURRENCY });
    const haveAllBegun = async () => (await app.call('begun', null)) === all;
    await until(haveAllBegun, START_TIMEOUT_MS, 'all jobs had begun');
    const tookMs = await app.call('between', { from: WARM_UP_JOBS, to: all });
    const rate = (jobs / tookMs) * 1_000;
    options.progress(`${side}: ${Math.round(rate)} jobs/s`);
    return rate;
  });
  const what = `a consumer, ${DRAIN_CONCURRENCY} at once`;
  return [compared({ what, unit: 'jobs/s', bar: null, better: 'higher' }, rates)];
}

/** Ours against the bar, and beside the peer. */
function against(label: Label, rounds: { ours: number[]; peer: number[] }): Row[] {
  return [
    alone(label, rounds.ours),
    compared({ ...label, what: `${label.what}, against the peer`, bar: null }, rounds),
  ];
}

function startApp(side: Side): Child<NestWorker> {
  return startChild<NestWorker>(`nest-${side}`);
}

function boot(
  app: Child<NestWorker>,
  url: string,
  wanted: { queues?: readonly string[]; concurrency?: number; jobMs?: number | null } = {},
): Promise<number> {
  return app.call('boot', { queues: QUEUES, concurrency: 1, jobMs: 0, ...wanted, url });
}

async function addJobs(
  redis: PrivateRedis,
  add: (producer: Child<ProducerWorker>) => Promise<void>,
): Promise<void> {
  await using producer = startChild<ProducerWorker>('producer');
  await producer.call('open', { url: redis.url });
  await add(producer);
}

async function unreachableUrl(): Promise<string> {
  return `redis://127.0.0.1:${await freePort()}`;
}
