/**
 * Whether failures with random ids, paths and values fall into the groups of their causes.
 */
import { startChild } from '../harness/children.ts';
import { startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { repeat } from '../harness/rounds.ts';
import { type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { CAUSE_COUNT } from '../workers/failure-causes.ts';
import type { Grouped, GroupingWorker } from '../workers/grouping.ts';

const ROUNDS = 3;
const FAILURES = 100_000;
const REAL_FAILURES = 2_000;
const QUEUE = 'grouping';

export const grouping: Scenario = {
  name: 'grouping',
  describe: `${FAILURES.toLocaleString('en-US')} failures of ${CAUSE_COUNT} causes: into how many groups they fall`,
  async run(options) {
    const failures = options.quick ? 5_000 : FAILURES;
    const jobs = options.quick ? 200 : REAL_FAILURES;
    const rounds = roundsOf(options, ROUNDS);
    let seed = 0;
    const grouped = await repeat(rounds, () => fingerprint(failures, ++seed, options));
    const recorded = await repeat(rounds, () => fail(jobs, ++seed));
    const what = (rest: string): string => `${failures} failures of ${CAUSE_COUNT} causes: ${rest}`;
    const lower = { better: 'lower' } as const;
    return [
      alone(
        { what: what('groups'), unit: 'groups', bar: CAUSE_COUNT, ...lower },
        grouped.map(({ groups }) => groups),
      ),
      alone(
        { what: what('causes split or merged'), unit: 'causes', bar: 0, ...lower },
        grouped.map(({ wrong }) => wrong),
      ),
      alone(
        { what: what('time of a fingerprint'), unit: 'µs', bar: null, ...lower },
        grouped.map(({ microseconds }) => microseconds),
      ),
      alone(
        { what: `${jobs} real jobs: groups in Redis`, unit: 'groups', bar: CAUSE_COUNT, ...lower },
        recorded.map(({ groups }) => groups),
      ),
      alone(
        { what: `${jobs} real jobs: failures without a record`, unit: 'jobs', bar: 0, ...lower },
        recorded.map(({ missing }) => missing),
      ),
    ];
  },
};

async function fingerprint(
  failures: number,
  seed: number,
  { progress }: RunOptions,
): Promise<Grouped> {
  await using child = startChild<GroupingWorker>('grouping');
  const grouped = await child.call('fingerprint', { failures, seed });
  progress(`${grouped.groups} groups, ${grouped.microseconds.toFixed(1)} µs each`);
  for (const example of grouped.examples) progress(`split: ${example}`);
  return grouped;
}

async function fail(failures: number, seed: number): Promise<{ groups: number; missing: number }> {
  await using redis = await startRedis();
  await using child = startChild<GroupingWorker>('grouping');
  await child.call('fail', { url: redis.url, queue: QUEUE, failures, seed });
  const groups = await redis.control.zcard(`coordinator:groups:${QUEUE}`);
  const records = await redis.control.zcard(`coordinator:deadletters:${QUEUE}`);
  return { groups, missing: failures - records };
}
