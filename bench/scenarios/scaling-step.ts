/**
 * How soon enough slots run after the load has jumped: 5 jobs a second, then 30.
 *
 * Enough is what 30 jobs a second keep busy. Two processes share the slots, which start inside them. Rounds differ in
 * where between two looks of the leader the step comes.
 */
import { Queue } from 'bullmq';
import { type Child, startChild } from '../harness/children.ts';
import { monotonicMs, sleep } from '../harness/clock.ts';
import { startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { repeat } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { Nap, ScalingHost } from '../workers/scaling-host.ts';

const QUEUE = 'steps';
const HOSTS = 2;
const ROUNDS = 7;
const RATE = { before: 5, after: 30 };
const BEFORE_MS = 20_000;
const LONGEST_MS = 20_000;
const LOOK_EVERY_MS = 20;
const BAR_MS = 2_000;
/** The bar is for jobs that matter within two seconds; the other is the default promise, with longer jobs. */
const CASES = [
  { serviceMs: 500, waitP95: '2s', bar: BAR_MS },
  { serviceMs: 1_000, waitP95: '5s', bar: null },
] as const;

type Case = (typeof CASES)[number];

export const scalingStep: Scenario = {
  name: 'scaling-step',
  describe: 'time until enough slots run after a step from 5 to 30 jobs a second',
  async run(options) {
    const rows: Row[] = [];
    for (const each of CASES) rows.push(...(await options.part(() => steps(each, options))));
    return rows;
  },
};

async function steps(each: Case, options: RunOptions): Promise<Row[]> {
  const { serviceMs, waitP95, bar } = each;
  const beforeMs = options.quick ? 3_000 : BEFORE_MS;
  const tookMs = await repeat(roundsOf(options, ROUNDS), async () => {
    // A random part of a second more, so that steps do not always come at the same place between two looks.
    const ms = await step(each, beforeMs + 1_000 * Math.random());
    options.progress(`${waitP95}, jobs of ${serviceMs} ms: ${ms.toFixed(0)} ms`);
    return ms;
  });
  const what = `step to ${RATE.after}/s, jobs of ${serviceMs} ms, waitP95 ${waitP95}`;
  const label = { unit: 'ms', better: 'lower' } as const;
  return [
    alone({ ...label, what: `${what}, median`, bar }, tookMs),
    {
      ...alone({ ...label, what: `${what}, longest`, bar }, tookMs),
      ours: Math.round(Math.max(...tookMs)),
    },
  ];
}

/** How long it takes from the step until there are enough slots. */
async function step({ serviceMs, waitP95 }: Case, beforeMs: number): Promise<number> {
  await using redis = await startRedis();
  const queue = new Queue(QUEUE, { connection: { host: '127.0.0.1', port: redis.port } });
  const hosts = Array.from({ length: HOSTS }, () => startChild<ScalingHost>('scaling-host'));
  const adding = new AbortController();
  try {
    const pool = { min: 1, max: 60, waitP95 };
    await Promise.all(
      hosts.map((host, i) =>
        host.call('open', { url: redis.url, host: `host-${i + 1}`, queue: QUEUE, pool }),
      ),
    );
    const data: Nap = { serviceMs };
    const added = add(queue, data, RATE.before, adding.signal);
    await sleep(beforeMs);
    adding.abort();
    await added;
    const stepped = new AbortController();
    const steppedAt = monotonicMs();
    const more = add(queue, data, RATE.after, stepped.signal);
    const enough = Math.ceil((RATE.after * serviceMs) / 1_000);
    while ((await slotsOf(hosts)) < enough) {
      if (monotonicMs() - steppedAt > LONGEST_MS) throw new Error(`never had ${enough} slots`);
      await sleep(LOOK_EVERY_MS);
    }
    const tookMs = monotonicMs() - steppedAt;
    stepped.abort();
    await more;
    return tookMs;
  } finally {
    adding.abort();
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
    await queue.close();
  }
}

/** Adds jobs at a steady rate. */
async function add(queue: Queue, data: Nap, perSecond: number, until: AbortSignal): Promise<void> {
  const startedAt = monotonicMs();
  for (let n = 1; !until.aborted; n++) {
    await queue.add('nap', data, { removeOnComplete: true });
    await sleep(Math.max(0, startedAt + (1_000 * n) / perSecond - monotonicMs()));
  }
}

async function slotsOf(hosts: readonly Child<ScalingHost>[]): Promise<number> {
  const open = await Promise.all(hosts.map((host) => host.call('slots', null)));
  return open.reduce((sum, slots) => sum + slots, 0);
}
