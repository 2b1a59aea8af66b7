/**
 * The overview of 200 queues with a million jobs: how long a request takes while 50 streams are open, what viewers cost
 * Redis, and how often a page of jobs crosses the network.
 *
 * Commands are counted as clients send them. The bar is for scripts and CLIENT LIST, which is what the overview sends, of
 * the whole process: the few scripts of its other loops are in it. All commands of the process, those of loops that look
 * at each queue every quarter of a minute among them, are there for information.
 */
import { startChild } from '../harness/children.ts';
import { sleep } from '../harness/clock.ts';
import { fillQueues } from '../harness/fill-queues.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { countCommands } from '../harness/sent-commands.ts';
import { percentile } from '../harness/statistics.ts';
import { startProxy } from '../harness/throttled-proxy.ts';
import type { OverviewWorker } from '../workers/overview.ts';

const ROUNDS = 3;
const STREAMS = 50;
/** Far enough apart that samples are taken between them, as people ask. */
const CALLS = 200;
const SIZES = { queues: 200, jobs: 1_000_000, countedMs: 30_000 };
const QUICK_SIZES = { queues: 20, jobs: 10_000, countedMs: 4_000 };
const SETTLING_MS = 2_000;
const LEADING_SECONDS = 3_600;
const DELAY_MS = 20;
const DISTANT_PAGES = 5;

export const overview: Scenario = {
  name: 'overview',
  describe: 'the overview of 200 queues and a million jobs (--jobs N) with 50 open streams',
  async run(options) {
    const sizes = { ...(options.quick ? QUICK_SIZES : SIZES) };
    if (options.jobs !== undefined) sizes.jobs = options.jobs;
    const queues = Array.from({ length: sizes.queues }, (_, i) => `queue-${i}`);
    await using redis = await startRedis();
    const each = Math.ceil(sizes.jobs / sizes.queues);
    await fillQueues(redis.control, queues, each, Date.now());
    // Another process leads, as in a fleet: what the leader does for all is not what viewers cost.
    await redis.control.set('coordinator:lease:fleet', 'another', 'EX', LEADING_SECONDS);
    options.progress(`${sizes.queues} queues with ${each} jobs each`);
    const rounds = roundsOf(options, ROUNDS);
    const live: Figures[] = [];
    for (let round = 0; round < rounds; round++)
      live.push(await measured(redis, queues, sizes.countedMs, options));
    return [...rowsOf(live), ...(await options.part(() => pageRows(redis, queues[0]!, options)))];
  },
};

interface Figures {
  readonly p95Ms: number;
  readonly looksOfOne: number;
  readonly looksOfMany: number;
  readonly quiet: number;
  readonly ofOne: number;
  readonly ofMany: number;
  readonly bytesPerEvent: number;
}

function rowsOf(live: readonly Figures[]): Row[] {
  const figures = (of: keyof Figures): number[] => live.map((each) => each[of]);
  const load = { unit: 'commands/s', better: 'lower' } as const;
  return [
    alone(
      { what: `overview, p95, ${STREAMS} streams`, unit: 'ms', bar: 100, better: 'lower' },
      figures('p95Ms'),
    ),
    alone({ ...load, what: 'scripts and CLIENT LIST, 1 viewer', bar: 2 }, figures('looksOfOne')),
    alone(
      { ...load, what: `scripts and CLIENT LIST, ${STREAMS} viewers`, bar: 2 },
      figures('looksOfMany'),
    ),
    alone({ ...load, what: 'all commands, no viewer', bar: null }, figures('quiet')),
    alone({ ...load, what: 'all commands, 1 viewer', bar: null }, figures('ofOne')),
    alone({ ...load, what: `all commands, ${STREAMS} viewers`, bar: null }, figures('ofMany')),
    alone(
      { what: 'text of an event', unit: 'bytes', bar: null, better: 'lower' },
      figures('bytesPerEvent'),
    ),
  ];
}

async function measured(
  redis: PrivateRedis,
  queues: readonly string[],
  countedMs: number,
  { progress }: RunOptions,
): Promise<Figures> {
  await using child = startChild<OverviewWorker>('overview');
  await child.call('open', { url: redis.url, queues });
  await sleep(SETTLING_MS);
  const quiet = await perSecond(redis, countedMs);
  await child.call('watch', { streams: 1 });
  await sleep(SETTLING_MS);
  const one = await perSecond(redis, countedMs);
  await child.call('unwatch', {});
  await child.call('watch', { streams: STREAMS });
  await sleep(SETTLING_MS);
  const many = await perSecond(redis, countedMs);
  const times = await child.call('ask', { calls: CALLS, queues: queues.length });
  const { events, bytes } = await child.call('unwatch', {});
  const p95Ms = percentile(times, 0.95);
  const told = [quiet, one, many].map(
    ({ all, looks }) => `${looks.toFixed(2)} of ${all.toFixed(2)}`,
  );
  progress(`p95 ${p95Ms.toFixed(1)} ms; scripts and CLIENT LIST: ${told.join(', ')} commands/s`);
  return {
    ...{ p95Ms, looksOfOne: one.looks, looksOfMany: many.looks },
    ...{ quiet: quiet.all, ofOne: one.all, ofMany: many.all },
    bytesPerEvent: events === 0 ? 0 : bytes / events,
  };
}

interface Load {
  readonly all: number;
  readonly looks: number;
}

async function perSecond(redis: PrivateRedis, countedMs: number): Promise<Load> {
  const [, own = ''] = /addr=(\S+)/.exec(String(await redis.control.client('INFO'))) ?? [];
  using sent = await countCommands(redis.port, own);
  await sleep(countedMs);
  const looks = ['eval', 'evalsha', 'client'].reduce(
    (sum, name) => sum + (sent.counts.get(name) ?? 0),
    0,
  );
  const seconds = countedMs / 1_000;
  return { all: sent.total() / seconds, looks: looks / seconds };
}

async function pageRows(
  redis: PrivateRedis,
  queue: string,
  { progress }: RunOptions,
): Promise<Row[]> {
  await using proxy = await startProxy({ targetPort: redis.port, delayMs: DELAY_MS });
  await using child = startChild<OverviewWorker>('overview');
  await child.call('open', { url: proxy.url, queues: [queue] });
  const trips: number[] = [];
  await child.call('page', { queue });
  for (let i = 0; i < DISTANT_PAGES; i++) {
    const before = proxy.turns();
    if ((await child.call('page', { queue })) === null) {
      progress('there are no pages of jobs');
      return [];
    }
    trips.push(proxy.turns() - before);
  }
  const what = 'page of 100 jobs, round trips';
  return [alone({ what, unit: 'round trips', bar: 1, better: 'lower' }, trips)];
}
