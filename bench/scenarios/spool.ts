/**
 * What an add takes while Redis is away (onto the disk) or hangs (until it is refused), and how fast the disk is
 * emptied afterwards. The peer of an add is a bare write and fsync on the same disk.
 */
import { startChild } from '../harness/children.ts';
import { freePort, startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import { interleave, repeat } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { SpoolWorker } from '../workers/spool.ts';

const ROUNDS = 5;
const ADD_TIMEOUT_MS = 1_000;

export const spool: Scenario = {
  name: 'spool',
  describe: 'adds while Redis is away or hangs: onto the disk, refused in time, and caught up with',
  async run(options) {
    return [
      ...(await options.part(() => whileAway(options))),
      ...(await options.part(() => whileHanging(options))),
      ...(await options.part(() => catchingUp(options))),
    ];
  },
};

async function whileAway(options: RunOptions): Promise<Row[]> {
  const url = `redis://127.0.0.1:${await freePort()}`; // Nobody listens there.
  const rounds = roundsOf(options, ROUNDS);
  const jobs = options.quick ? 100 : 2_000;
  await using child = startChild<SpoolWorker>('spool');
  await child.call('open', { url, whenDown: 'spool', addTimeoutMs: ADD_TIMEOUT_MS });
  await child.call('addTogether', { jobs }); // Warms up the code.
  const single = await interleave(rounds, (side) =>
    child.call(side === 'ours' ? 'addOneByOne' : 'syncOneByOne', { jobs }),
  );
  const together = await repeat(rounds, () => child.call('addTogether', { jobs: jobs * 10 }));
  return [
    compared(
      { what: 'add while Redis is away, against fsync, p99', unit: 'ms', bar: 10, better: 'lower' },
      single,
    ),
    alone(
      {
        what: 'adds at once while Redis is away',
        unit: 'jobs/s',
        bar: 20_000,
        better: 'higher',
      },
      together,
    ),
  ];
}

async function whileHanging(options: RunOptions): Promise<Row[]> {
  const jobs = 100;
  const longest = await repeat(roundsOf(options, ROUNDS), async () => {
    await using redis = await startRedis();
    await using child = startChild<SpoolWorker>('spool');
    await child.call('open', { url: redis.url, whenDown: 'fail', addTimeoutMs: ADD_TIMEOUT_MS });
    redis.freeze();
    return await child.call('addInVain', { jobs });
  });
  const what = `longest of ${jobs} adds while Redis hangs, addTimeoutMs ${ADD_TIMEOUT_MS}`;
  return [alone({ what, unit: 'ms', bar: ADD_TIMEOUT_MS + 50, better: 'lower' }, longest)];
}

async function catchingUp(options: RunOptions): Promise<Row[]> {
  const jobs = options.quick ? 200 : 20_000;
  const rates = await repeat(roundsOf(options, ROUNDS), async () => {
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    await using child = startChild<SpoolWorker>('spool');
    await child.call('open', { url, whenDown: 'spool', addTimeoutMs: ADD_TIMEOUT_MS });
    await child.call('addTogether', { jobs });
    await using redis = await startRedis({ port });
    options.progress(`Redis ${redis.version} is there`);
    return await child.call('catchUp', null);
  });
  const what = `catching up with ${jobs} jobs`;
  return [alone({ what, unit: 'jobs/s', bar: null, better: 'higher' }, rates)];
}
