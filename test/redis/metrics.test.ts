/** Figures of many processes: written, merged, read; none lost, none counted twice, whatever is cut or killed. */
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../src/base/fake-clock.ts';
import { EventBus } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import type { Figures } from '../../src/metrics/figures.ts';
import { Flush } from '../../src/metrics/flush.ts';
import { hourOf, planMerge, readStored, writeMerges } from '../../src/metrics/merge-minute.ts';
import { createRandom, draws } from '../../src/metrics/random-durations.ts';
import { readMetrics, readSummary } from '../../src/metrics/read-metrics.ts';
import { Recorder } from '../../src/metrics/recorder.ts';
import { RollUp } from '../../src/metrics/roll-up.ts';
import { Connection } from '../../src/redis/connection.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Lease } from '../../src/redis/lease.ts';
import { createClient } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;
/** The end of a minute of an hour that has begun long ago. */
const HOUR = Math.floor(1_764_000_000_000 / (60 * MINUTE)) * 60 * MINUTE;
const START = HOUR + 10 * MINUTE;

let server: RedisServer;
let redis: Redis;
/** What the server's clock shows. */
let now: number;
/** Each closes its window when the minute is over, as it does every second. */
let recorders: Recorder[];
beforeEach(async () => {
  server = await startRedis();
  redis = createClient(server);
  now = START;
  recorders = [];
  return () => server.stop();
});

const keys = createKeys('coordinator');
function passMs(ms: number): void {
  now += ms;
  for (const recorder of recorders) recorder.sample([]);
}
const minuteOf = (at: number): number => Math.floor(at / MINUTE);

async function connect(to: { port: number } = server): Promise<Connection> {
  const connection = new Connection({
    ...{ role: 'command', name: 'metrics-test', announce: new EventBus().announce },
    createClient: clientMaker({ options: { host: '127.0.0.1', port: to.port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
  });
  onTestFinished(() => connection.close());
  await connection.client;
  return connection;
}

/** One process that measures. */
async function measuring(name: string, to: { port: number } = server) {
  const command = await connect(to);
  const bus = new EventBus();
  const dropped: number[] = [];
  bus.on('metrics.dropped', ({ minutes }) => dropped.push(minutes));
  const clock = new FakeClock();
  const options = { bus, clock, labelOf: (queue: string) => queue, serverNow: () => now };
  const recorder = new Recorder(options);
  recorders.push(recorder);
  const flush = new Flush({
    ...{ recorder, command, keys, hostId: name, announce: bus.announce, clock },
  });
  return { recorder, flush, command, clock, bus, dropped };
}

/** One process that may lead. */
async function leading(options: { queues?: string[]; command?: Connection; lease?: Lease } = {}) {
  const command = options.command ?? (await connect());
  const lease =
    options.lease ?? new Lease({ name: 'fleet', connection: command, keys, hostId: 'leader' });
  await lease.acquire();
  const queues = () => options.queues ?? [];
  return { lease, rollUp: new RollUp({ command, keys, lease, queues, serverNow: () => now }) };
}

const ask = (from: number, to: number, step: 'minute' | 'hour' = 'minute', queue = 'photos') =>
  readMetrics(redis, keys, { queue, from, to, step }, now);
const figuresAt = async (at: number, queue = 'photos'): Promise<Figures> =>
  (await ask(at, at + MINUTE, 'minute', queue)).figures[0]!;
const hourAt = async (at: number): Promise<Figures> =>
  (await ask(at, at + 60 * MINUTE, 'hour')).figures[0]!;

function run(recorder: Recorder, jobs: number, ms = 40, queue = 'photos', name = 'resize'): void {
  const observer = recorder.queue(queue);
  for (let i = 0; i < jobs; i += 1) {
    observer.fetched(name, ms / 4, 100);
    observer.ended(name, 'completed', ms);
  }
}

test('what two processes have counted is read as one before it is merged, and the same after', async () => {
  const [a, b] = [await measuring('a'), await measuring('b')];
  const { lognormal } = draws(createRandom(1));
  const exact: number[] = [];
  for (const { recorder, flush } of [a, b, a]) {
    const observer = recorder.queue('photos');
    for (let i = 0; i < 500; i += 1) {
      const ms = Math.round(lognormal!());
      exact.push(ms);
      observer.fetched('resize', ms * 2, 10);
      observer.ended('resize', i % 10 === 0 ? 'retried' : 'completed', ms);
    }
    observer.ended('resize', 'dead', 5);
    await flush.flush();
  }
  const before = await figuresAt(START);
  expect(before.counts).toMatchObject({ completed: 1_350, retried: 150, dead: 3, failed: 153 });
  expect(before.source).toBe('measured');
  exact.sort((x, y) => x - y);
  const p99 = exact[Math.ceil(exact.length * 0.99) - 1]! * 2;
  expect(Math.abs(before.wait!.p99Ms - p99) / p99).toBeLessThanOrEqual(0.0101);

  passMs(2 * MINUTE);
  const { rollUp } = await leading();
  await rollUp.round();
  expect(await redis.exists(keys.minute('photos', minuteOf(START)))).toBe(0);
  expect(await redis.zcard(keys.openMinutes('photos'))).toBe(0);
  const after = await figuresAt(START);
  expect(after.counts).toEqual(before.counts);
  expect(after.wait).toEqual(before.wait);
  expect((await hourAt(HOUR)).counts).toEqual(before.counts);
});

test('a batch whose answer was lost is sent again and counted once', async () => {
  const proxy = await startProxy({ target: server });
  const { recorder, flush, command } = await measuring('a', proxy);
  run(recorder, 10);
  const lost = proxy.cutReply({ after: (bytes) => bytes.includes('HSET') });
  await flush.flush().catch(() => {});
  await lost;
  await until(async () => (await redis.hlen(keys.minute('photos', minuteOf(START)))) === 1);
  run(recorder, 5);
  await until(() => command.isReady, { what: 'the connection' });
  await flush.flush();
  await flush.flush();
  expect((await figuresAt(START)).counts?.completed).toBe(15);
  await proxy.close();
});

test('a batch that was merged before it is sent again is not counted a second time', async () => {
  const proxy = await startProxy({ target: server });
  const { recorder, flush, command } = await measuring('a', proxy);
  const { rollUp } = await leading();
  run(recorder, 10);
  const lost = proxy.cutReply({ after: (bytes) => bytes.includes('HSET') });
  await flush.flush().catch(() => {});
  await lost;
  await until(async () => (await redis.hlen(keys.minute('photos', minuteOf(START)))) === 1);
  passMs(2 * MINUTE);
  await rollUp.round();
  await until(() => command.isReady, { what: 'the connection' });
  await flush.flush();
  await rollUp.round();
  expect((await figuresAt(START)).counts?.completed).toBe(10);
  await proxy.close();
});

test('what is counted while Redis is away is written when it is back, each minute by itself', async () => {
  const { recorder, flush, command, dropped } = await measuring('a');
  await flush.flush();
  await server.kill();
  await until(() => !command.isReady, { what: 'the loss' });
  for (let minute = 0; minute < 5; minute += 1) {
    for (let i = 0; i < 3; i += 1) {
      run(recorder, 7);
      await flush.flush();
    }
    passMs(MINUTE);
  }
  await server.restart();
  await until(() => command.isReady, { what: 'the connection' });
  await flush.flush();
  const { figures } = await ask(START, now);
  expect(figures.map(({ counts }) => counts?.completed)).toEqual([21, 21, 21, 21, 21]);
  expect(dropped).toEqual([]);
});

test('an outage of hours keeps an hour and says once what it gave up', async () => {
  const { recorder, flush, command, dropped } = await measuring('a');
  await server.kill();
  await until(() => !command.isReady, { what: 'the loss' });
  for (let minute = 0; minute < 90; minute += 1) {
    run(recorder, 1);
    await flush.flush();
    passMs(MINUTE);
  }
  await server.restart();
  await until(() => command.isReady, { what: 'the connection' });
  await flush.flush();
  expect(dropped).toEqual([55]);
  const { figures } = await ask(START, now);
  expect(figures.filter(({ counts }) => counts?.completed === 1)).toHaveLength(60);
  const { rollUp } = await leading();
  for (let i = 0; i < 4; i += 1) await rollUp.round();
  const merged = await ask(START, now);
  expect(merged.figures.filter(({ counts }) => counts?.completed === 1)).toHaveLength(60);
});

test('parts that come after their minute was merged are added to it and to its hour', async () => {
  const [a, b] = [await measuring('a'), await measuring('b')];
  const { rollUp } = await leading();
  run(a.recorder, 10);
  run(b.recorder, 20);
  await a.flush.flush();
  passMs(2 * MINUTE);
  await rollUp.round();
  expect((await figuresAt(START)).counts?.completed).toBe(10);
  await b.flush.flush();
  await rollUp.round();
  expect((await figuresAt(START)).counts?.completed).toBe(30);
  expect((await hourAt(HOUR)).counts?.completed).toBe(30);
});

test('a leader killed before or after any of its steps loses nothing and counts nothing twice', async () => {
  const process = await measuring('a');
  let round = 0;
  for (let step = 0; step < 26; step += 1) {
    for (const when of ['before', 'after'] as const) {
      const at = now;
      run(process.recorder, 10 + round, 40, `queue-${round}`);
      await process.flush.flush();
      passMs(MINUTE);
      run(process.recorder, 3, 40, `queue-${round}`);
      await process.flush.flush();
      passMs(2 * MINUTE);
      const broken = await leading({ command: breakingAt(await connect(), step, when) });
      await broken.rollUp.round().catch(() => {});
      await broken.lease.release();
      const { rollUp, lease } = await leading();
      await rollUp.round();
      await lease.release();
      expect((await figuresAt(at, `queue-${round}`)).counts?.completed).toBe(10 + round);
      const { figures } = await ask(at, now, 'hour', `queue-${round}`);
      const sum = figures.reduce((total, { counts }) => total + (counts?.completed ?? 0), 0);
      expect([step, when, sum]).toEqual([step, when, 13 + round]);
      round += 1;
    }
  }
});

/** A connection that fails for good at its n-th round trip, before it is sent or after it was carried out. */
function breakingAt(connection: Connection, step: number, when: 'before' | 'after'): Connection {
  let left = step;
  const broken = async <T>(send: () => Promise<T>): Promise<T> => {
    const isLast = left === 0;
    if (left < 0 || (isLast && when === 'before')) {
      left = -1;
      throw new Error('killed');
    }
    left -= 1;
    const answer = await send();
    if (isLast) throw new Error('killed');
    return answer;
  };
  const raw = async (): Promise<Redis> =>
    new Proxy(await connection.raw(), {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (name === 'pipeline')
          return () => {
            const pipeline = target.pipeline();
            const exec = pipeline.exec.bind(pipeline);
            return Object.assign(pipeline, { exec: () => broken(exec) });
          };
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => broken(() => value.apply(target, args));
      },
    });
  return new Proxy(connection, {
    get: (target, name) => (name === 'raw' ? raw : Reflect.get(target, name, target)),
  });
}

test.each([1, 2, 3, 4])(
  'whatever happens in whatever order, what is read is what was run: seed %i',
  async (seed) => {
    const random = createRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const processes = [await measuring('a'), await measuring('b'), await measuring('c')];
    let leader = await leading();
    const ran = new Map<string, number>();
    const events: (() => Promise<unknown>)[] = [
      async () => {
        const [queue, jobs] = [pick(['photos', 'mails']), Math.floor(random() * 20)];
        run(pick(processes).recorder, jobs, 1 + random() * 500, queue, pick(['x', 'y']));
        ran.set(queue, (ran.get(queue) ?? 0) + jobs);
      },
      () => pick(processes).flush.flush(),
      () => leader.rollUp.round(),
      async () => passMs(random() * 100_000),
      async () => {
        await leader.lease.release();
        leader = await leading();
      },
      () => redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
    ];
    for (let i = 0; i < 300; i += 1) await pick(events)().catch(() => {});
    await leader.lease.release();
    await until(() => processes.every(({ command }) => command.isReady), { what: 'connections' });
    for (const { flush } of processes) await flush.close(5_000);
    passMs(2 * MINUTE);
    await redis.del(keys.lease('fleet'));
    const { rollUp } = await leading();
    for (let i = 0; i < 10; i += 1) await rollUp.round();
    for (const [queue, jobs] of ran) {
      const by = async (step: 'minute' | 'hour'): Promise<number> => {
        const { figures } = await ask(START - 60 * MINUTE, now, step, queue);
        return figures.reduce((sum, { counts }) => sum + (counts?.completed ?? 0), 0);
      };
      expect([await by('minute'), await by('hour')]).toEqual([jobs, jobs]);
      expect(await redis.zcard(keys.openMinutes(queue))).toBe(0);
    }
  },
);

test('of two leaders at once only one counts, and one whose lease was taken over changes nothing', async () => {
  const { recorder, flush } = await measuring('a');
  run(recorder, 100);
  await flush.flush();
  passMs(2 * MINUTE);
  const first = await leading();
  const asFirst = { name: 'fleet', isHeld: true, epoch: first.lease.epoch };
  const twin = new RollUp({
    ...{ command: await connect(), keys, queues: () => [], serverNow: () => now },
    lease: asFirst,
  });
  await Promise.all([first.rollUp.round(), twin.round()]);
  expect((await figuresAt(START)).counts?.completed).toBe(100);
  expect((await hourAt(HOUR)).counts?.completed).toBe(100);

  await redis.del(keys.lease('fleet'));
  await leading();
  run(recorder, 50);
  await flush.flush();
  passMs(2 * MINUTE);
  await twin.round();
  expect(await redis.exists(keys.minute('photos', minuteOf(START) + 2))).toBe(1);
});

test.each<[what: string, change: (field: string, hour: string) => Promise<unknown>]>([
  ['the minute', (field) => redis.hset(keys.minutes('photos'), { [field]: 'changed' })],
  ['the hour', (_, hour) => redis.hset(keys.hours('photos'), { [hour]: 'changed' })],
  ['a part', (field) => redis.del(keys.minute('photos', Number(field)))],
])('what was worked out from what has changed since is not written: %s', async (_what, change) => {
  const { recorder, flush, command } = await measuring('a');
  const { lease } = await leading();
  run(recorder, 10);
  await flush.flush();
  const minute = minuteOf(START);
  const [stored] = await readStored(await command.raw(), keys, [{ label: 'photos', minute }]);
  await change(String(minute), String(hourOf(minute)));
  const before = [
    await redis.hgetall(keys.minutes('photos')),
    await redis.hgetall(keys.hours('photos')),
  ];
  const fence = { key: keys.leaseEpoch('fleet'), epoch: lease.epoch, openHour: 0 };
  expect(await writeMerges(redis, keys, fence, [planMerge(stored!)!])).toEqual([0]);
  expect([
    await redis.hgetall(keys.minutes('photos')),
    await redis.hgetall(keys.hours('photos')),
  ]).toEqual(before);
});

test('a minute whose parts are gone is not looked at for ever', async () => {
  await redis.zadd(keys.metrics(), START, 'photos');
  await redis.zadd(keys.openMinutes('photos'), minuteOf(START), String(minuteOf(START)));
  passMs(2 * MINUTE);
  const { rollUp } = await leading();
  await rollUp.round();
  expect(await redis.zcard(keys.openMinutes('photos'))).toBe(0);
});

test('the keys of the last whole minute are kept true, and are gone when nothing is known', async () => {
  const { recorder, flush } = await measuring('a');
  for (const ms of [...Array(99).fill(100), 5_000]) run(recorder, 1, ms);
  recorder.queue('photos').ended('resize', 'dead', 1);
  await flush.flush();
  passMs(MINUTE + 31_000);
  const { rollUp } = await leading();
  await rollUp.round();
  expect(await redis.get(keys.throughput('photos'))).toBe('101');
  const p95 = Number(await redis.get(keys.latencyP95('photos')));
  expect(Math.abs(p95 - 100)).toBeLessThanOrEqual(1);
  expect(await redis.pttl(keys.throughput('photos'))).toBeGreaterThan(100_000);
  passMs(MINUTE);
  await rollUp.round();
  expect(await redis.get(keys.throughput('photos'))).toBeNull();
  expect(await redis.get(keys.latencyP95('photos'))).toBeNull();
});

test('idle slots are measured: a queue without jobs has a throughput of 0, not an unknown one', async () => {
  const { recorder, flush, clock } = await measuring('a');
  for (let second = 0; second <= 60; second += 1) {
    recorder.sample([{ queue: 'photos', slots: 4, active: second < 30 ? 0 : 2 }]);
    await clock.pass(1_000);
    now += 1_000;
  }
  await flush.flush();
  const figures = await figuresAt(START);
  expect(figures.counts).toMatchObject({ completed: 0, dead: 0 });
  expect(figures.throughputPerMinute).toBe(0);
  expect(figures.utilisation).toBeCloseTo(0.25, 1);
  expect(figures.wait).toBeNull();
});

test('a queue of which nobody has heard is absent, in every figure', async () => {
  const { rollUp } = await leading({ queues: ['nobody'] });
  await rollUp.round();
  passMs(MINUTE);
  await rollUp.round();
  expect(await figuresAt(START, 'nobody')).toMatchObject({
    ...{ counts: null, throughputPerMinute: null, arrivalsPerMinute: null, utilisation: null },
    ...{ payloadBytes: null, wait: null, run: null, source: 'absent' },
  });
  expect(await redis.exists(keys.throughput('nobody'))).toBe(0);
});

/** Runs jobs with a bare worker. */
async function runBare(
  name: string,
  jobs: number,
  options: object = {},
  prefix = 'bull',
): Promise<void> {
  const connection = { host: '127.0.0.1', port: server.port };
  const queue = new Queue(name, { connection, prefix });
  const worker = new Worker(
    name,
    async (job) => {
      if (job.name === 'bad') throw new Error('bad');
    },
    { connection, prefix, concurrency: 20 },
  );
  onTestFinished(async () => {
    await worker.close(true);
    await queue.close();
  });
  await queue.addBulk(
    Array.from({ length: jobs }, (_, i) => ({
      name: i % 10 === 9 ? 'bad' : 'good',
      data: {},
      opts: { ...options },
    })),
  );
  await until(
    async () => (await queue.getJobCountByTypes('waiting', 'active', 'prioritized')) === 0,
    { what: 'the bare worker' },
  );
}

/** Moves the times of finished jobs as if they had ended at `at`; the test's clock is not the machine's. */
async function finishAt(at: number, name: string, prefix = 'bull'): Promise<void> {
  for (const set of ['completed', 'failed']) {
    const key = `${prefix}:${name}:${set}`;
    for (const id of await redis.zrange(key, 0, '-1')) {
      const job = `${prefix}:${name}:${id}`;
      if (await redis.hexists(job, 'moved')) continue;
      await redis.zadd(key, at, id!);
      await redis.hset(job, {
        finishedOn: at,
        processedOn: at - 200,
        timestamp: at - 700,
        moved: 1,
      });
    }
  }
}

test.each(['bull', 'my-app'])(
  'jobs of a worker without Drover are derived from what is kept, prefix %s',
  async (prefix) => {
    const label = prefix === 'bull' ? 'bare' : `${prefix}:bare`;
    const { rollUp } = await leading({ queues: [label] });
    await runBare('bare', 10, {}, prefix);
    await finishAt(START - 5 * MINUTE, 'bare', prefix);
    await runBare('bare', 50, {}, prefix);
    await finishAt(START + 10_000, 'bare', prefix);
    passMs(MINUTE + 31_000);
    await rollUp.round();
    const figures = await figuresAt(START, label);
    expect(figures).toMatchObject({
      source: 'derived',
      throughputPerMinute: 50,
      utilisation: null,
    });
    expect(figures.counts).toMatchObject({ completed: 45, dead: 5, retried: null, stalled: null });
    expect(figures.run!.count).toBe(45);
    expect(Math.abs(figures.run!.p95Ms - 200)).toBeLessThanOrEqual(2);
    expect(Math.abs(figures.wait!.p50Ms - 500)).toBeLessThanOrEqual(5);
    expect(await redis.get(keys.throughput(label))).toBe('50');
    await rollUp.round();
    passMs(MINUTE);
    await rollUp.round();
    const next = await figuresAt(START + MINUTE, label);
    expect(next).toMatchObject({ source: 'derived', throughputPerMinute: 0 });
    expect(next.arrivalsPerMinute).toBe(0);
  },
);

test('a delay that was asked for is no wait, nor is a retry, and many jobs are told from a sample', async () => {
  const { rollUp } = await leading({ queues: ['timed'] });
  const done = (id: string, at: number, fields: object): Promise<unknown> =>
    Promise.all([
      redis.zadd('bull:timed:completed', at, id),
      redis.hset(`bull:timed:${id}`, { finishedOn: at, ats: 1, opts: '{}', ...fields }),
    ]);
  const at = START + 30_000;
  await done('before', START - MINUTE, { timestamp: 0, processedOn: 0 });
  for (let i = 0; i < 1_000; i += 1) {
    const delayed = { timestamp: at - 90_400, opts: '{"delay":90000}', processedOn: at - 300 };
    const retried = { timestamp: at - 99_000, ats: 2, processedOn: at - 300 };
    const broken = { timestamp: at - 400, opts: '{', processedOn: at - 300 };
    await done(`job-${i}`, at, [delayed, retried, broken][i % 3]!);
  }
  passMs(MINUTE + 31_000);
  await rollUp.round();
  const { counts, wait, run: runs, source } = await figuresAt(START, 'timed');
  expect([source, counts?.completed]).toEqual(['derived', 1_000]);
  expect([wait!.maxMs, Math.round(runs!.maxMs)]).toEqual([100, 300]);
  expect(runs!.count).toBe(1_000);
});

test('workers without Drover beside measured ones are seen, once it is no burst', async () => {
  const { rollUp, lease } = await leading({ queues: ['mixed'] });
  const { recorder, flush } = await measuring('a');
  await redis.zadd('bull:mixed:completed', START - MINUTE, 'before');
  const sources: unknown[] = [];
  for (let minute = 0; minute < 3; minute += 1) {
    run(recorder, 20, 40, 'mixed');
    await flush.flush();
    for (let i = 0; i < 60; i += 1)
      await redis.zadd('bull:mixed:completed', now + 10_000 + i, `job-${minute}-${i}`);
    const at = now;
    passMs(MINUTE);
    passMs(31_000);
    await lease.acquire();
    await rollUp.round();
    const { source, throughputPerMinute } = await figuresAt(at, 'mixed');
    sources.push([source, throughputPerMinute]);
    passMs(29_000);
    now = at + MINUTE;
    passMs(0);
  }
  expect(sources).toEqual([
    ['measured', 20],
    ['derived', 60],
    ['derived', 60],
  ]);
});

test('jobs that are removed as they finish are unknown, not none', async () => {
  const { rollUp } = await leading({ queues: ['gone'] });
  await runBare('gone', 20, { removeOnComplete: true, removeOnFail: true });
  passMs(MINUTE + 31_000);
  await rollUp.round();
  expect(await figuresAt(START, 'gone')).toMatchObject({ source: 'absent', counts: null });
  expect(await redis.exists(keys.throughput('gone'))).toBe(0);
});

test('jobs of Drover workers are not derived a second time, and late figures take the place of derived ones', async () => {
  const { rollUp } = await leading({ queues: ['both'] });
  const { recorder, flush } = await measuring('a');
  await runBare('both', 10);
  await finishAt(START - 5 * MINUTE, 'both');
  await runBare('both', 40);
  await finishAt(START + 10_000, 'both');
  passMs(MINUTE + 31_000);
  await rollUp.round();
  expect((await figuresAt(START, 'both')).source).toBe('derived');
  // The worker was Drover's after all, and had been cut off.
  now = START;
  passMs(20_000);
  run(recorder, 36, 200, 'both', 'good');
  for (let i = 0; i < 4; i += 1) recorder.queue('both').ended('bad', 'dead', 200);
  await flush.flush();
  passMs(MINUTE + 31_000);
  await rollUp.round();
  const figures = await figuresAt(START, 'both');
  expect(figures).toMatchObject({ source: 'measured', throughputPerMinute: 40 });
  expect((await ask(HOUR, HOUR + 1, 'hour', 'both')).figures[0]?.counts?.completed).toBe(36);
});

test('arrivals are what left and what there is more; the first look is unknown', async () => {
  const { rollUp } = await leading({ queues: ['arriving'] });
  const { recorder, flush } = await measuring('a');
  const queue = new Queue('arriving', { connection: { host: '127.0.0.1', port: server.port } });
  onTestFinished(() => queue.close());
  const add = (count: number) =>
    queue.addBulk(Array.from({ length: count }, () => ({ name: 'x', data: {} })));
  run(recorder, 5, 10, 'arriving');
  await flush.flush();
  await add(30);
  passMs(MINUTE);
  run(recorder, 8, 10, 'arriving');
  await flush.flush();
  passMs(31_000);
  await rollUp.round();
  expect((await figuresAt(START, 'arriving')).arrivalsPerMinute).toBeNull();
  await add(12);
  passMs(MINUTE);
  await rollUp.round();
  expect((await figuresAt(START + MINUTE, 'arriving')).arrivalsPerMinute).toBe(20);
});

test('ranges without sense are cut to what is kept, and the answer says so', async () => {
  for (const [from, to] of [
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    [0, 8.64e15],
    [Number.NaN, Number.NaN],
  ] as const) {
    const answer = await ask(from, to);
    expect(answer.figures.length).toBeLessThanOrEqual(1_441);
    expect(answer.figures.at(-1)?.from).toBe(START);
  }
  expect((await ask(0, 8.64e15)).clamped).toBe(true);
  expect((await ask(START - MINUTE, START)).clamped).toBe(false);
  expect((await ask(now, now - 10 * MINUTE)).figures).toHaveLength(1);
});

test('what is too old is forgotten, once an hour', async () => {
  const { recorder, flush } = await measuring('a');
  const { rollUp, lease } = await leading();
  run(recorder, 1);
  await flush.flush();
  passMs(2 * MINUTE);
  await rollUp.round();
  passMs(25 * 60 * MINUTE);
  await lease.acquire();
  run(recorder, 1);
  await flush.flush();
  passMs(2 * MINUTE);
  await rollUp.round();
  expect(await redis.hkeys(keys.minutes('photos'))).toEqual([String(minuteOf(now) - 2)]);
  expect(await redis.hlen(keys.hours('photos'))).toBe(2);
  passMs(91 * 24 * 60 * MINUTE);
  await lease.acquire();
  await rollUp.round();
  expect(await redis.hlen(keys.hours('photos'))).toBe(0);
  expect(await redis.zcard(keys.metrics())).toBe(0);
});

test('hours that are over are settled: percentiles stay, memory goes, and late parts still count', async () => {
  const [a, late] = [await measuring('a'), await measuring('late')];
  const { rollUp, lease } = await leading();
  const { lognormal } = draws(createRandom(5));
  const observer = a.recorder.queue('photos');
  for (let i = 0; i < 20_000; i += 1) {
    observer.fetched('resize', lognormal!(), 100);
    observer.ended('resize', 'completed', lognormal!());
  }
  run(late.recorder, 50);
  await a.flush.flush();
  passMs(2 * MINUTE);
  await rollUp.round();
  const before = await figuresAt(START);
  const field = String(minuteOf(START));
  const length = () => redis.hstrlen(keys.minutes('photos'), field);
  const [full, exactHour] = [await length(), await hourAt(HOUR)];

  passMs(60 * MINUTE);
  await lease.acquire();
  await rollUp.round();
  expect(await length()).toBe(full);
  passMs(60 * MINUTE);
  await lease.acquire();
  await rollUp.round();
  expect(await length()).toBeLessThan(full / 2);
  expect(await figuresAt(START)).toEqual(before);
  expect(await hourAt(HOUR)).toEqual(exactHour);

  await late.flush.flush();
  await rollUp.round();
  expect((await figuresAt(START)).counts?.completed).toBe(20_050);
  expect((await hourAt(HOUR)).counts?.completed).toBe(20_050);
  expect(await length()).toBeLessThan(full / 2);
});

test('parts of another version are left for whoever can read them, and counted', async () => {
  const { recorder, flush } = await measuring('a');
  const { rollUp } = await leading();
  run(recorder, 10);
  await flush.flush();
  const key = keys.minute('photos', minuteOf(START));
  await redis.hset(key, { 'newer:1': Buffer.from([9, 9, 9]) });
  expect(await ask(START, START + MINUTE)).toMatchObject({ unreadable: 1 });
  passMs(2 * MINUTE);
  for (let i = 0; i < 3; i += 1) await rollUp.round();
  expect(await redis.hkeys(key)).toEqual(['newer:1']);
  expect(rollUp.unreadable).toBe(1);
  expect((await figuresAt(START)).counts?.completed).toBe(10);
});

test('one sum of the last minutes has the rates of the minutes that are known', async () => {
  const { recorder, flush } = await measuring('a');
  const { rollUp } = await leading();
  for (let minute = 0; minute < 4; minute += 1) {
    run(recorder, 30);
    run(recorder, 6, 40, 'photos', 'sharpen');
    await flush.flush();
    passMs(MINUTE);
  }
  await rollUp.round();
  const all = await readSummary(redis, keys, { queue: 'photos', lastMs: 60 * MINUTE }, now);
  expect(all.counts?.completed).toBe(144);
  expect(all.throughputPerMinute).toBeCloseTo(36, 5);
  const one = await readSummary(
    redis,
    keys,
    { queue: 'photos', lastMs: 60 * MINUTE, jobName: 'sharpen' },
    now,
  );
  expect(one.counts).toMatchObject({ completed: 24, stalled: null });
  expect(one.run?.count).toBe(24);
});

test('several steps as one: their sums, the percentiles of all, and the names of jobs that were counted', async () => {
  const { recorder, flush } = await measuring('a');
  run(recorder, 10, 40);
  passMs(MINUTE);
  run(recorder, 30, 4_000, 'photos', 'panorama');
  await flush.flush();
  const from = START - 4 * MINUTE;
  const span = { queue: 'photos', from, to: START + 2 * MINUTE, step: 'minute' } as const;
  const { figures, jobNames } = await readMetrics(redis, keys, { ...span, every: 5 }, now);
  expect(jobNames).toEqual(['panorama', 'resize']);
  const known = figures.filter(({ source }) => source !== 'absent');
  expect(known).toHaveLength(1);
  expect(known[0]!.from % (5 * MINUTE)).toBe(0);
  expect(known[0]!.to - known[0]!.from).toBe(5 * MINUTE);
  expect(known[0]!.counts).toMatchObject({ completed: 40 });
  expect(known[0]!.run!.p50Ms).toBeGreaterThan(3_900);
  const each = await readMetrics(redis, keys, span, now);
  expect(each.figures.map(({ counts }) => counts?.completed ?? null).slice(-2)).toEqual([10, 30]);
  const one = { ...span, every: 5, jobName: 'resize' };
  const narrowed = (await readMetrics(redis, keys, one, now)).figures;
  expect(narrowed.find(({ source }) => source !== 'absent')!.counts!.completed).toBe(10);
});

test('closing writes all that is left within its time, and gives up when Redis does not answer', async () => {
  const { recorder, flush } = await measuring('a');
  run(recorder, 10);
  recorder.sample([{ queue: 'idle', slots: 1, active: 0 }]);
  await flush.close(1_000);
  expect((await figuresAt(START)).counts?.completed).toBe(10);
  run(recorder, 10);
  server.freeze();
  const startedAt = performance.now();
  await flush.close(200);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  server.thaw();
});
