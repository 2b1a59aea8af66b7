/**
 * What of the acknowledged jobs is missing after redis-server was killed, and after a power cut, with the configuration of
 * the kit's queue instance (append-only file, fsync once a second).
 *
 * Writers in a process of their own add jobs at full speed and note each one that was acknowledged, with the time. Then the
 * server is killed at a moment by chance, started on the same folder, and asked for every job of that ledger.
 *
 * - **Kill**: what the server had written is in the kernel, which lives. All of it counts. While an fsync is under way the
 *   server holds its writes back, for two seconds at most, and acknowledges them nevertheless: so it is asked right before
 *   whether one was, and those rounds are told apart.
 * - **Power cut**: what the kernel had not brought to the disk is gone. That cannot be seen from outside, so it is bounded
 *   from above: while the writers write, the size of the file and INFO's `aof_pending_bio_fsync` are read again and again. An
 *   fsync that was seen pending, and then was seen to be done, covers at least the size that the file had when none was
 *   pending yet. After the kill the file is cut to the greatest size that is covered so, and the server loads the rest. An
 *   fsync too short to be seen makes the loss look greater than it would be, never smaller. A disk that lies about its
 *   cache is not covered.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { startChild } from '../harness/children.ts';
import { monotonicMs, sleep } from '../harness/clock.ts';
import { type DurableRedis, startDurableRedis } from '../harness/durable-redis.ts';
import { alone } from '../harness/report.ts';
import { repeat } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { DurabilityWorker } from '../workers/durability.ts';

const QUEUE = 'durability';
const ROUNDS = 10;
const AT_ONCE = 50;
const WRITING_MS = 5_000;
const POWER_CUT_BAR_S = 2;
const EXISTS_AT_ONCE = 1_000;

export const durability: Scenario = {
  name: 'durability',
  describe: "acknowledged jobs missing after redis-server's kill and after a simulated power cut",
  async run(options) {
    return [
      ...(await options.part(() => afterKill(options))),
      ...(await options.part(() => afterPowerCut(options))),
    ];
  },
};

/** What is missing of a round. */
interface Loss {
  readonly acknowledged: number;
  readonly missing: number;
  /** From the first acknowledgement that is missing to the end of the server. */
  readonly seconds: number;
  /** An fsync was under way when the server ended. */
  readonly isPending: boolean;
}

async function afterKill(options: RunOptions): Promise<Row[]> {
  const rounds = await repeat(roundsOf(options, ROUNDS), () => round(options, 'kill'));
  const missing = (isPending: boolean): number[] =>
    rounds.filter((loss) => loss.isPending === isPending).map((loss) => loss.missing);
  const what = 'acknowledged jobs missing after SIGKILL of redis-server, worst round';
  const label = { unit: 'jobs', better: 'lower' } as const;
  const [keptUp, pending] = [missing(false), missing(true)];
  return [
    ...(keptUp.length === 0
      ? []
      : [
          worst({ ...label, what: `${what} of ${keptUp.length} without an fsync`, bar: 0 }, keptUp),
        ]),
    ...(pending.length === 0
      ? []
      : [
          worst({ ...label, what: `${what} of ${pending.length} in an fsync`, bar: null }, pending),
        ]),
    alone(
      {
        what: 'jobs acknowledged in a round before SIGKILL',
        ...{ unit: 'jobs', bar: null, better: 'higher' },
      },
      rounds.map((loss) => loss.acknowledged),
    ),
  ];
}

async function afterPowerCut(options: RunOptions): Promise<Row[]> {
  const rounds = await repeat(roundsOf(options, ROUNDS), () => round(options, 'power cut'));
  const what = 'acknowledged jobs missing after a simulated power cut';
  return [
    worst(
      {
        what: `seconds of ${what}, worst round`,
        ...{ unit: 's', bar: POWER_CUT_BAR_S, better: 'lower' },
      },
      rounds.map((loss) => loss.seconds),
    ),
    alone(
      { what, unit: 'jobs', bar: null, better: 'lower' },
      rounds.map((loss) => loss.missing),
    ),
  ];
}

/** A promise holds when it holds in the worst round. */
function worst(label: Parameters<typeof alone>[0], samples: number[]): Row {
  return { ...alone(label, samples), ours: Math.round(Math.max(...samples) * 100) / 100 };
}

async function round(options: RunOptions, how: 'kill' | 'power cut'): Promise<Loss> {
  const dir = mkdtempSync(join(tmpdir(), 'drover-bench-durability-'));
  try {
    await using redis = await startDurableRedis(dir);
    await using child = startChild<DurabilityWorker>('durability');
    await child.call('write', { port: redis.port, queue: QUEUE, atOnce: AT_ONCE });
    const file = join(dir, 'appendonlydir', incrementalFile(dir));
    const watch = how === 'power cut' ? watchFsyncs(redis.control, file) : undefined;
    // By chance within a second, since an fsync comes once a second.
    await sleep((options.quick ? 2_000 : WRITING_MS) + Math.random() * 1_000);
    const durableBytes = watch?.stop();
    const isPending = !/aof_pending_bio_fsync:0/.test(await redis.control.info('persistence'));
    const endedAt = monotonicMs();
    await redis.kill();
    const ledger = await child.call('ledger', null);
    if (durableBytes !== undefined) truncateSync(file, durableBytes);
    await using again = await startDurableRedis(dir);
    const loss = { ...(await lossOf(again, ledger, endedAt)), isPending };
    options.progress(
      `${how}: ${loss.missing} of ${loss.acknowledged} missing, ${loss.seconds.toFixed(2)} s${isPending ? ', in an fsync' : ''}`,
    );
    return loss;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function incrementalFile(dir: string): string {
  return readdirSync(join(dir, 'appendonlydir')).find((name) => name.endsWith('.incr.aof'))!;
}

/** Reads size and pending fsyncs until it is stopped; then the bytes that certainly are on the disk. */
function watchFsyncs(control: Redis, file: string): { stop(): number } {
  let isWatching = true;
  let durableBytes: number | undefined;
  const watch = async (): Promise<void> => {
    let calmBytes: number | undefined;
    let coveredBytes: number | undefined;
    while (isWatching) {
      const { size } = statSync(file);
      const isPending = !/aof_pending_bio_fsync:0/.test(await control.info('persistence'));
      if (isPending) {
        coveredBytes ??= calmBytes;
        continue;
      }
      durableBytes = coveredBytes ?? durableBytes;
      coveredBytes = undefined;
      calmBytes = size;
    }
  };
  void watch().catch(() => undefined); // the server has ended
  return {
    stop() {
      isWatching = false;
      if (durableBytes === undefined)
        throw new Error('no fsync was seen: this disk is too fast for the method, or too slow');
      return durableBytes;
    },
  };
}

async function lossOf(
  { control }: DurableRedis,
  ledger: readonly (number | null)[],
  endedAt: number,
): Promise<Omit<Loss, 'isPending'>> {
  const acknowledged = ledger.flatMap((at, number) => (at === null ? [] : [{ at, number }]));
  if (acknowledged.length === 0) throw new Error('no job was acknowledged');
  const missing: number[] = [];
  for (let from = 0; from < acknowledged.length; from += EXISTS_AT_ONCE) {
    const some = acknowledged.slice(from, from + EXISTS_AT_ONCE);
    const commands = some.map(({ number }) => ['exists', `bull:${QUEUE}:job-${number}`]);
    const replies = (await control.pipeline(commands).exec()) ?? [];
    for (const [i, { at }] of some.entries()) if (replies[i]?.[1] !== 1) missing.push(at);
  }
  const seconds = missing.length === 0 ? 0 : (endedAt - Math.min(...missing)) / 1_000;
  return { acknowledged: acknowledged.length, missing: missing.length, seconds };
}
