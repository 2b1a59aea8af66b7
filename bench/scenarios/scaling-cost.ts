/**
 * What scaling costs Redis: the leader of 200 queues, and the processes that have the pools.
 *
 * The leader's time is what Redis counts for the commands that it sends, what they do inside included; its processes are
 * then only entries that this scenario writes, so that nobody else runs scripts. In the second part real processes join,
 * and what each sends is counted by MONITOR. All the while jobs come and go in a tenth of the queues each second, so
 * targets change.
 */
import { Redis } from 'ioredis';
import { type Child, startChild } from '../harness/children.ts';
import { monotonicMs, sleep, until } from '../harness/clock.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { PoolsWorker } from '../workers/pools.ts';

const QUEUES = 200;
const PROCESSES = 4;
const ROUNDS = 5;
const SECONDS = 30;
const QUICK_SECONDS = 3;
/** A leader that has just begun learns of everything at once. */
const WARM_UP_SECONDS = 20;
/** Jobs come and go in so many of the queues each second. */
const CHANGING_SHARE = 0.1;
const BACKLOG = 40;
/** What the leader sends; nobody else does meanwhile, and none of it is ever inside a script. */
const LEADERS = ['eval', 'evalsha', 'hgetall', 'zrevrange', 'hdel', 'zremrangebyscore'] as const;
/** Faster commands are not of interest. */
const SLOW_MICROS = 100;
const START_TIMEOUT_MS = 30_000;
const MICROS_BAR = 20;
const SLOWEST_BAR_MS = 2;
const COMMANDS_BAR = 1.5;

const names = Array.from({ length: QUEUES }, (_, i) => `queue-${i}`);

export const scalingCost: Scenario = {
  name: 'scaling-cost',
  describe:
    'what scaling 200 queues costs Redis: time, the slowest command, commands of each process',
  async run(options) {
    await using redis = await startRedis();
    return [
      ...(await options.part(() => costOfLeader(redis, options))),
      ...(await options.part(() => commandsOfProcesses(redis, options))),
    ];
  },
};

async function costOfLeader(redis: PrivateRedis, options: RunOptions): Promise<Row[]> {
  const seconds = options.quick ? QUICK_SECONDS : SECONDS;
  const micros: number[] = [];
  const slowest: number[] = [];
  const changes: number[] = [];
  for (let round = 0; round < roundsOf(options, ROUNDS); round++) {
    await redis.flush();
    await introduce(redis.control);
    await using leader = startChild<PoolsWorker>('pools');
    await leader.call('lead', { url: redis.url });
    await using life = startLife(redis.control, { withBeats: true });
    await until(() => areDecided(redis.control), START_TIMEOUT_MS, 'every pool had a target');
    await sleep(warmUpMs(options));
    await redis.control.config(
      'SET',
      'slowlog-log-slower-than',
      SLOW_MICROS,
      'slowlog-max-len',
      5_000,
    );
    await redis.control.config('RESETSTAT');
    await redis.control.slowlog('RESET');
    const decisionsBefore = await decisionsOf(redis.control);
    const startedAt = monotonicMs();
    await sleep(seconds * 1_000);
    const took = (monotonicMs() - startedAt) / 1_000;
    micros.push((await microsOfLeader(redis.control)) / QUEUES / took);
    slowest.push(await slowestMs(redis.control));
    changes.push(((await decisionsOf(redis.control)) - decisionsBefore) / took);
    life.check();
    options.progress(
      `${micros.at(-1)!.toFixed(1)} µs per queue and second, slowest ${slowest.at(-1)!.toFixed(2)} ms, ${changes.at(-1)!.toFixed(1)} decisions per second`,
    );
  }
  return [
    alone(
      {
        what: `leader of ${QUEUES} queues: time of Redis per queue and second`,
        unit: 'µs',
        bar: MICROS_BAR,
        better: 'lower',
      },
      micros,
    ),
    alone(
      {
        what: `leader of ${QUEUES} queues: slowest command`,
        unit: 'ms',
        bar: SLOWEST_BAR_MS,
        better: 'lower',
      },
      slowest,
    ),
    alone(
      { what: 'decisions meanwhile, per second', unit: 'decisions', bar: null, better: 'higher' },
      changes,
    ),
  ];
}

async function commandsOfProcesses(redis: PrivateRedis, options: RunOptions): Promise<Row[]> {
  const steady: number[] = [];
  const changing: number[] = [];
  for (let round = 0; round < roundsOf(options, ROUNDS); round++) {
    await redis.flush();
    await using leader = startChild<PoolsWorker>('pools');
    await leader.call('lead', { url: redis.url });
    const members: Child<PoolsWorker>[] = [];
    try {
      for (let i = 0; i < PROCESSES; i++) {
        const member = startChild<PoolsWorker>('pools');
        members.push(member);
        await member.call('join', { url: redis.url, host: `host-${i}`, queues: names });
      }
      await until(() => areDecided(redis.control), START_TIMEOUT_MS, 'every pool had a target');
      await sleep(warmUpMs(options));
      steady.push(await commandsPerSecond(redis, options));
      await using life = startLife(redis.control, { withBeats: false });
      await sleep(warmUpMs(options));
      changing.push(await commandsPerSecond(redis, options));
      life.check();
    } finally {
      for (const member of members) await member[Symbol.asyncDispose]();
    }
    options.progress(
      `commands per second and process: ${steady.at(-1)!.toFixed(2)}, ${changing.at(-1)!.toFixed(2)} while targets change`,
    );
  }
  const what = `commands of each of ${PROCESSES} processes for its ${QUEUES} pools, per second`;
  const label = { unit: 'commands', better: 'lower' } as const;
  return [
    alone({ what, ...label, bar: COMMANDS_BAR }, steady),
    alone({ what: `${what}, while targets change every second`, ...label, bar: null }, changing),
  ];
}

async function commandsPerSecond(redis: PrivateRedis, { quick }: RunOptions): Promise<number> {
  const seconds = quick ? QUICK_SECONDS : SECONDS;
  return (await countCommands(redis, seconds)) / PROCESSES / seconds;
}

function warmUpMs({ quick }: RunOptions): number {
  return (quick ? QUICK_SECONDS : WARM_UP_SECONDS) * 1_000;
}

/** What the sockets of members have sent within some seconds, scripts as one. */
async function countCommands(redis: PrivateRedis, seconds: number): Promise<number> {
  const clients = (await redis.control.client('LIST')) as string;
  const members = new Set(
    clients.split('\n').flatMap((line) => {
      const isMember = /\bname=\S*host-\d/.test(line);
      return isMember ? [/\baddr=(\S+)/.exec(line)![1]!] : [];
    }),
  );
  if (members.size < PROCESSES) throw new Error(`only ${members.size} sockets of processes`);
  let sent = 0;
  const look = new Redis(redis.url);
  const monitor = await look.monitor();
  monitor.on('monitor', (_at: string, _args: string[], source: string) => {
    if (members.has(source)) sent += 1;
  });
  await sleep(seconds * 1_000);
  monitor.disconnect();
  look.disconnect();
  return sent;
}

/** What processes leave for the leader. */
async function introduce(redis: Redis): Promise<void> {
  const settings = JSON.stringify({
    ...{ min: 1, max: 40, perHostMax: 40, concurrency: 10, waitP95Ms: 5_000, isolation: 'none' },
    ...{
      weight: 1,
      mode: 'auto',
      idleAfterMs: 60_000,
      startMs: 100,
      schedule: [],
      efficacy: 'advise',
    },
  });
  const pipeline = redis.pipeline();
  for (const name of names) {
    pipeline.zadd('coordinator:pools', Date.now(), name);
    pipeline.hset(`coordinator:workers:${name}:pool`, { settings, minWorkers: 1, maxWorkers: 40 });
  }
  await pipeline.exec();
}

/** Jobs that come and go, and beats of processes that are not there. */
function startLife(redis: Redis, { withBeats }: { withBeats: boolean }) {
  let isOver = false;
  let failure: unknown;
  const live = async (): Promise<void> => {
    for (let second = 1; !isOver; second++) {
      const pipeline = redis.pipeline();
      if (withBeats) for (let i = 0; i < PROCESSES; i++) addBeat(pipeline, `host-${i}`, second);
      for (const name of names) {
        if (Math.random() >= CHANGING_SHARE) continue;
        const jobs = Math.floor(Math.random() * BACKLOG);
        pipeline.del(`bull:${name}:wait`);
        if (jobs > 0)
          pipeline.lpush(`bull:${name}:wait`, ...Array.from({ length: jobs }, (_, i) => i));
      }
      await pipeline.exec();
      await sleep(1_000);
    }
  };
  const running = live().catch((error) => {
    failure = error;
  });
  return {
    check(): void {
      if (failure) throw failure;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      isOver = true;
      await running;
    },
  };
}

function addBeat(pipeline: ReturnType<Redis['pipeline']>, host: string, second: number): void {
  const started = Math.floor(second / 2);
  const figures = { started, ended: started, returned: 0, busyMs: started * 500, runs: started };
  const pool = { most: 10, slots: 1, active: 1, epoch: 1_764_000_000_000, rev: second, ...figures };
  const pools = names.map((name) => [
    name,
    { ...pool, runMs: started * 500, runMsSquared: started * 250_000 },
  ]);
  const beat = { id: `${host}:1`, host, version: '1.0.0', capacity: 2_000, isStopping: false };
  const text = JSON.stringify({ ...beat, pools: Object.fromEntries(pools) });
  pipeline.hset('coordinator:pools:beats', `${host}:1`, `${Date.now()} ${text}`);
}

async function areDecided(redis: Redis): Promise<boolean> {
  const pipeline = redis.pipeline();
  for (const name of names) pipeline.hexists(`coordinator:workers:${name}:pool`, 'targetWorkers');
  return ((await pipeline.exec()) ?? []).every(([, isThere]) => isThere === 1);
}

/** Of processor time that Redis has counted for what the leader sent. */
async function microsOfLeader(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  return LEADERS.reduce((sum, name) => {
    const micros = new RegExp(`^cmdstat_${name}:calls=\\d+,usec=(\\d+)`, 'm').exec(stats)?.[1];
    return sum + Number(micros ?? 0);
  }, 0);
}

async function slowestMs(redis: Redis): Promise<number> {
  const entries = (await redis.slowlog('GET', 5_000)) as [number, number, number, string[]][];
  const micros = entries.flatMap(([, , took, [name]]) =>
    (LEADERS as readonly string[]).includes(name!.toLowerCase()) ? [took] : [],
  );
  return Math.max(SLOW_MICROS, ...micros) / 1_000;
}

/** How many there were since the stream began. */
async function decisionsOf(redis: Redis): Promise<number> {
  const stream = (await redis.xinfo('STREAM', 'coordinator:decisions')) as (string | number)[];
  return Number(stream[stream.indexOf('entries-added') + 1]);
}
