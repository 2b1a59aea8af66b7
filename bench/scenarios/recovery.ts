/**
 * How long it takes until work goes on: after Redis was killed and came back, after connections fell silent
 * without an end, and after a worker was killed with its jobs.
 */
import { Queue } from 'bullmq';
import { type Child, startChild } from '../harness/children.ts';
import { monotonicMs, sleep } from '../harness/clock.ts';
import { startMutingProxy } from '../harness/muting-proxy.ts';
import { startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import { interleave, repeat } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { percentile } from '../harness/statistics.ts';
import type { RecoveryWorker } from '../workers/recovery.ts';
import { sideName } from './waiting-side.ts';

const QUEUE = 'recovery';
const ROUNDS = { back: 10, silent: 3, takeover: 2 };
const BARS_MS = { back: 3_000, silent: 20_000, takeover: 45_000 };
/** Long enough for the pauses between attempts to have grown. */
const DOWN_MS = 5_000;
const JOBS = 5;
const TIMEOUT_MS = 100_000;

type SideOf = 'ours' | 'peer';

export const recovery: Scenario = {
  name: 'recovery',
  describe: 'time until work goes on: Redis killed and back, connections silent, a worker killed',
  async run(options) {
    return [
      ...(await options.part(() => afterRestart(options))),
      ...(await options.part(() => afterSilence(options))),
      ...(await options.part(() => afterKilledWorker(options))),
    ];
  },
};

async function afterRestart(options: RunOptions): Promise<Row[]> {
  const downMs = options.quick ? 1_000 : DOWN_MS;
  const rounds = await interleave(roundsOf(options, ROUNDS.back), (side) => restart(side, downMs));
  tell(options, 'Redis back', rounds);
  const what = `Redis killed and back after ${downMs} ms`;
  const label = { unit: 'ms', better: 'lower' } as const;
  return [
    {
      ...alone({ ...label, what: `${what}, p99`, bar: BARS_MS.back }, rounds.ours),
      ours: Math.round(percentile(rounds.ours, 0.99)),
    },
    compared({ ...label, what: `${what}, median`, bar: null }, rounds),
  ];
}

async function restart(side: SideOf, downMs: number): Promise<number> {
  await using first = await startRedis();
  const { port, url } = first;
  await using child = await openWorker(side, url, false);
  await addAndWait(url, child);
  await first.kill();
  await sleep(downMs);
  await using second = await startRedis({ port });
  const backAt = monotonicMs();
  return (await addAndWait(second.url, child, backAt)) - backAt;
}

async function afterSilence(options: RunOptions): Promise<Row[]> {
  const ours = await repeat(roundsOf(options, ROUNDS.silent), fallSilent);
  tell(options, 'silence', { ours, peer: [] });
  const what = 'all connections silent without an end (bare: never)';
  return [alone({ what, unit: 'ms', bar: BARS_MS.silent, better: 'lower' }, ours)];
}

async function fallSilent(): Promise<number> {
  await using redis = await startRedis();
  await using proxy = await startMutingProxy(redis.port);
  await using child = await openWorker('ours', proxy.url, false);
  await addAndWait(redis.url, child);
  const mutedAt = monotonicMs();
  proxy.mute();
  return (await addAndWait(redis.url, child, mutedAt)) - mutedAt;
}

async function afterKilledWorker(options: RunOptions): Promise<Row[]> {
  const rounds = await interleave(roundsOf(options, ROUNDS.takeover), takeOver);
  tell(options, 'takeover', rounds);
  const what = `${JOBS} jobs of a killed worker run elsewhere, defaults`;
  const label = { unit: 'ms', better: 'lower' } as const;
  return [
    alone({ ...label, what, bar: BARS_MS.takeover }, rounds.ours),
    compared({ ...label, what: `${what}, against bare`, bar: null }, rounds),
  ];
}

async function takeOver(side: SideOf): Promise<number> {
  await using redis = await startRedis();
  const victim = await openWorker(side, redis.url, true);
  await addAndWait(redis.url, victim, 0, JOBS);
  await using heir = await openWorker(side, redis.url, false);
  const killedAt = monotonicMs();
  await victim[Symbol.asyncDispose](); // SIGKILL
  const wanted = { sinceMs: killedAt, jobs: JOBS, timeoutMs: TIMEOUT_MS };
  return (await heir.call('started', wanted)) - killedAt;
}

async function openWorker(
  side: SideOf,
  url: string,
  endless: boolean,
): Promise<Child<RecoveryWorker>> {
  const child = startChild<RecoveryWorker>('recovery');
  await child.call('open', { side: sideName(side), url, queue: QUEUE, endless });
  return child;
}

/** Adds jobs past everything that is tested; returns when the last of them started. */
async function addAndWait(
  url: string,
  child: Child<RecoveryWorker>,
  sinceMs: number = 0,
  jobs: number = 1,
): Promise<number> {
  const { hostname: host, port } = new URL(url);
  await using queue = openQueue({ host, port: Number(port) });
  await queue.addBulk(Array.from({ length: jobs }, () => ({ name: 'job', data: {} })));
  return child.call('started', { sinceMs, jobs, timeoutMs: TIMEOUT_MS });
}

function openQueue(connection: { host: string; port: number }): Queue & AsyncDisposable {
  const queue = new Queue(QUEUE, { connection });
  return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
}

function tell(
  { progress }: RunOptions,
  what: string,
  { ours, peer }: { ours: number[]; peer: number[] },
): void {
  const words = (values: number[]): string => values.map((ms) => Math.round(ms)).join(' ');
  progress(`${what}: ours ${words(ours)} ms${peer.length > 0 ? `, bare ${words(peer)} ms` : ''}`);
}
