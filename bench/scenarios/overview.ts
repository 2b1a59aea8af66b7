/**
 * The overview of 200 queues with a million jobs: how long a request takes while 50 streams are open, what viewers cost
 * Redis, and how often a page of jobs crosses the network.
 *
 * All over HTTP, from a console as `drover serve` is one, in a process of its own. Commands are counted as it sends them, of
 * whatever kind, once every loop has had its turns. The bar is for what viewers add to those of a console that nobody
 * watches; that is there for information.
 */
import { Coordinator } from 'drover';
import { createClient } from 'drover/client';
import { startChild } from '../harness/children.ts';
import { monotonicMs, sleep } from '../harness/clock.ts';
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
const PAUSE_MS = 25;
const LEADING_SECONDS = 3_600;
const DELAY_MS = 20;
const DISTANT_PAGES = 5;
const CLIENT_TIMEOUT_MS = 30_000;
const READER = {
  kind: 'token',
  id: 'reader',
  name: 'reader',
  grants: [{ may: ['admin'] }],
} as const;

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
      live.push(await measured(redis, queues.length, sizes.countedMs, options));
    return [...rowsOf(live), ...(await options.part(() => pageRows(redis, queues[0]!, options)))];
  },
};

interface Figures {
  readonly p95Ms: number;
  readonly quiet: number;
  readonly addedByOne: number;
  readonly addedByMany: number;
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
    alone({ ...load, what: 'added by 1 viewer', bar: 2 }, figures('addedByOne')),
    alone({ ...load, what: `added by ${STREAMS} viewers`, bar: 2 }, figures('addedByMany')),
    alone({ ...load, what: 'without a viewer', bar: null }, figures('quiet')),
    alone(
      { what: 'text of an event', unit: 'bytes', bar: null, better: 'lower' },
      figures('bytesPerEvent'),
    ),
  ];
}

async function measured(
  redis: PrivateRedis,
  queues: number,
  countedMs: number,
  { progress }: RunOptions,
): Promise<Figures> {
  await using child = startChild<OverviewWorker>('overview');
  const url = await child.call('open', { url: redis.url });
  await sleep(SETTLING_MS);
  // Before anybody has asked for anything: queues are still looked for minutes after the last viewer has left.
  const quiet = await perSecond(redis, countedMs);
  await isComplete(url, queues);
  const one = watch(url, 1);
  await sleep(SETTLING_MS);
  const ofOne = await perSecond(redis, countedMs);
  await one.end();
  const many = watch(url, STREAMS);
  await sleep(SETTLING_MS);
  const ofMany = await perSecond(redis, countedMs);
  const p95Ms = percentile(await times(url, queues), 0.95);
  const { events, bytes } = await many.end();
  const told = [quiet, ofOne, ofMany].map((each) => each.toFixed(2)).join(', ');
  progress(`p95 ${p95Ms.toFixed(1)} ms; commands/s with 0, 1, ${STREAMS} viewers: ${told}`);
  const [addedByOne, addedByMany] = [ofOne - quiet, ofMany - quiet];
  const bytesPerEvent = events === 0 ? 0 : bytes / events;
  return { p95Ms, quiet, addedByOne, addedByMany, bytesPerEvent };
}

/** Until the console has found all queues. */
async function isComplete(url: string, queues: number): Promise<void> {
  const client = createClient({ url });
  for (let tries = 0; tries < 240; tries++) {
    const view = await client.call('overview.get', {});
    if (view.isComplete && view.queues.length >= queues) return;
    await sleep(500);
  }
  throw new Error(`the console has not found ${queues} queues`);
}

/** Opens so many streams and reads them. */
function watch(url: string, streams: number) {
  const viewers = Array.from({ length: streams }, () => new AbortController());
  const seen = { events: 0, bytes: 0 };
  const read = async ({ signal }: AbortController): Promise<void> => {
    const client = createClient({ url, timeoutMs: CLIENT_TIMEOUT_MS });
    const events = await client.call('overview.watch', {}, { signal });
    for await (const { text } of events) {
      seen.events += 1;
      seen.bytes += text.length;
    }
  };
  const reading = Promise.all(viewers.map(read));
  return {
    async end() {
      for (const viewer of viewers) viewer.abort();
      await reading;
      return seen;
    },
  };
}

/** What each of many requests takes, answer read and parsed. */
async function times(url: string, queues: number): Promise<number[]> {
  const client = createClient({ url });
  const taken: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const startedAt = monotonicMs();
    const view = await client.call('overview.get', {});
    taken.push(monotonicMs() - startedAt);
    if (view.queues.length < queues) throw new Error(`only ${view.queues.length} queues are shown`);
    await sleep(PAUSE_MS);
  }
  return taken;
}

async function perSecond(redis: PrivateRedis, countedMs: number): Promise<number> {
  const [, own = ''] = /addr=(\S+)/.exec(String(await redis.control.client('INFO'))) ?? [];
  using sent = await countCommands(redis.port, own);
  await sleep(countedMs);
  return sent.total() / (countedMs / 1_000);
}

/** Over a connection on which each turn of who speaks is counted. */
async function pageRows(redis: PrivateRedis, queue: string, options: RunOptions): Promise<Row[]> {
  await using proxy = await startProxy({ targetPort: redis.port, delayMs: DELAY_MS });
  await using coordinator = new Coordinator({ redisUrl: proxy.url, logger: false, lazy: true });
  const trips: number[] = [];
  for (let i = 0; i <= DISTANT_PAGES; i++) {
    const before = proxy.turns();
    const page = await coordinator.control.call(
      'jobs.list',
      { queue, state: 'completed', limit: 100 },
      { principal: READER },
    );
    // The first loads the script.
    if (i > 0) trips.push(proxy.turns() - before);
    if (page.rows.length < 100) throw new Error(`a page has ${page.rows.length} jobs`);
  }
  options.progress(`a page of 100: ${trips.join(', ')} round trips`);
  const what = 'page of 100 jobs, round trips';
  return [alone({ what, unit: 'round trips', bar: 1, better: 'lower' }, trips)];
}
