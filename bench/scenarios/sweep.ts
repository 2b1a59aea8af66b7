/**
 * A million jobs that should have gone: how long the sweep of a real leader holds Redis up while it lets them go, and
 * what workers notice of it.
 *
 * The leader is the very process whose worker waits for jobs, so that both share an event loop too. The jobs lie on
 * another queue, as BullMQ leaves them; quiet is measured with them in place, before the leader knows that they may go.
 */
import type { Redis } from 'ioredis';
import { startChild } from '../harness/children.ts';
import { monotonicMs, sleep, until } from '../harness/clock.ts';
import { startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { percentile } from '../harness/statistics.ts';
import type { RetentionWorker } from '../workers/retention.ts';
import { openWaitingSide, queueNames, type WaitingSide } from './waiting-side.ts';

const ROUNDS = 3;
const JOBS = 1_000_000;
const QUICK_JOBS = 20_000;
const JOBS_PER_SCRIPT = 5_000;
const OLD_MS = 2 * 3_600_000;
const QUEUES = queueNames(5);
const SWEPT = 'archive';
const GAP_MS = 5;
const JOBS_PER_ASKING = 25;
const QUIET_ASKINGS = 120;
const QUICK_ASKINGS = 20;
/** What is faster does not enter the slow log. */
const SLOW_MICROS = 1_000;
const TIMEOUT_MS = 60_000;
const SWEEP_TIMEOUT_MS = 900_000;
const SLOWEST_BAR_MS = 5;
const PICKUP_BAR = 2;

/**
 * KEYS 1 set of completed jobs · ARGV 1 prefix, 2 first number, 3 how many, 4 end of the first, epoch ms. Lays out
 * finished jobs as BullMQ does.
 */
const LAY_OUT_LUA = /* lua */ `
for i = ARGV[2], ARGV[2] + ARGV[3] - 1 do
  local at = string.format('%.0f', ARGV[4] + math.floor(i / 1000))
  redis.call('HSET', ARGV[1] .. i, 'name', 'mail', 'data', '{"to":"somebody@example.com","template":"welcome"}',
    'opts', '{"attempts":3,"removeOnComplete":{"age":3600}}', 'timestamp', at, 'delay', '0', 'priority', '0',
    'processedOn', at, 'finishedOn', at, 'atm', '1', 'ats', '1', 'returnvalue', '{"sent":true}')
  redis.call('ZADD', KEYS[1], at, i)
end`;

interface Figures {
  readonly slowestMs: number;
  readonly quietMs: number;
  readonly sweptMs: number;
  readonly perSecond: number;
  readonly seconds: number;
}

export const sweep: Scenario = {
  name: 'sweep',
  describe: 'a million expired jobs swept: the slowest command, pickup meanwhile, jobs per second',
  async run(options) {
    const jobs = options.jobs ?? (options.quick ? QUICK_JOBS : JOBS);
    const figures: Figures[] = [];
    for (let round = 0; round < roundsOf(options, ROUNDS); round++)
      figures.push(await measure(jobs, options));
    return toRows(jobs, figures);
  },
};

function toRows(jobs: number, figures: readonly Figures[]): Row[] {
  const of = (name: keyof Figures): number[] => figures.map((each) => each[name]);
  const what = `${jobs} expired jobs swept`;
  const slowest = { unit: 'ms', bar: SLOWEST_BAR_MS, better: 'lower' } as const;
  const pickup = { unit: 'ms', bar: PICKUP_BAR, better: 'lower' } as const;
  return [
    alone({ ...slowest, what: `${what}: longest command of ours` }, of('slowestMs')),
    compared(
      { ...pickup, what: `${what}: pickup p99 meanwhile, against quiet` },
      { ours: of('sweptMs'), peer: of('quietMs') },
    ),
    alone(
      { what: `${what}, per second`, unit: 'jobs', bar: null, better: 'higher' },
      of('perSecond'),
    ),
    alone({ what: `${what}: time`, unit: 's', bar: null, better: 'lower' }, of('seconds')),
  ];
}

async function measure(jobs: number, options: RunOptions): Promise<Figures> {
  await using redis = await startRedis();
  await using waiting = await openWaitingSide({ redis, side: 'ours', queues: QUEUES });
  await layOut(redis.control, jobs);
  const askings = options.quick ? QUICK_ASKINGS : QUIET_ASKINGS;
  let asked = 0;
  const quiet = await pickupsWhile(waiting, () => asked++ < askings);
  await redis.control.config('SET', 'slowlog-log-slower-than', SLOW_MICROS);
  await redis.control.config('SET', 'slowlog-max-len', 10_000);
  await redis.control.slowlog('RESET');
  await using definer = startChild<RetentionWorker>('retention');
  await definer.call('define', { url: redis.url, queue: SWEPT });
  const left = (): Promise<number> => redis.control.zcard(`bull:${SWEPT}:completed`);
  await until(async () => (await left()) < jobs, TIMEOUT_MS, 'the sweep began');
  const startedAt = monotonicMs();
  let endedAt = startedAt;
  const during = await pickupsWhile(waiting, async () => {
    if (endedAt === startedAt && (await left()) === 0) endedAt = monotonicMs();
    return endedAt === startedAt && monotonicMs() - startedAt < SWEEP_TIMEOUT_MS;
  });
  if (endedAt === startedAt) throw new Error(`${await left()} jobs were left`);
  const seconds = (endedAt - startedAt) / 1_000;
  const [quietMs, sweptMs] = [percentile(quiet, 0.99), percentile(during, 0.99)];
  const slowestMs = await slowestOfOurs(redis.control);
  options.progress(
    `${jobs} jobs in ${seconds.toFixed(1)} s, slowest command ${slowestMs.toFixed(2)} ms, ` +
      `pickup p99 ${sweptMs.toFixed(2)} ms of ${during.length}, quiet ${quietMs.toFixed(2)} ms of ${quiet.length}`,
  );
  return { slowestMs, quietMs, sweptMs, perSecond: jobs / seconds, seconds };
}

async function layOut(redis: Redis, jobs: number): Promise<void> {
  const from = Date.now() - OLD_MS;
  for (let first = 0; first < jobs; first += JOBS_PER_SCRIPT) {
    const count = Math.min(JOBS_PER_SCRIPT, jobs - first);
    const key = `bull:${SWEPT}:completed`;
    await redis.eval(LAY_OUT_LUA, 1, key, `bull:${SWEPT}:`, first, count, from);
  }
}

/** Latencies of a trickle of jobs, until the answer is no. */
async function pickupsWhile(
  { consumer, producer }: WaitingSide,
  goesOn: () => boolean | Promise<boolean>,
): Promise<number[]> {
  let sent = 0;
  while (await goesOn()) {
    const trickle = { queues: QUEUES, jobs: JOBS_PER_ASKING, gapMs: GAP_MS, seed: sent + 1 };
    await producer.call('trickle', trickle);
    sent += JOBS_PER_ASKING;
  }
  const pickups = await consumer.call('collect', { jobs: sent, timeoutMs: TIMEOUT_MS });
  await sleep(GAP_MS);
  return pickups.map(({ latencyMs }) => latencyMs);
}

/** Of the sockets that have a name: those of this scenario and of bare BullMQ have none. */
async function slowestOfOurs(redis: Redis): Promise<number> {
  const entries = (await redis.slowlog('GET', -1)) as [
    ...[id: number, at: number, micros: number],
    ...[args: string[], address: string, name: string],
  ][];
  const ours = entries.filter(([, , , , , name]) => name !== '');
  return Math.max(SLOW_MICROS, ...ours.map(([, , micros]) => micros)) / 1_000;
}
