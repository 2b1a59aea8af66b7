/**
 * SIGTERM in every state of Redis: the process ends by its deadline, with code 0.
 */
import type { Scenario } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

const family = 'the process is told to end';
/** Beyond the deadline: ending a process takes a moment. */
const MARGIN_MS = 1_000;

/** Tells all workers to end, and checks that they do. */
async function endAll(stage: Stage): Promise<void> {
  const deadlineMs = stage.setup.shutdownMs + MARGIN_MS;
  const since = stage.now();
  const ending = stage.fleet.live;
  for (const member of ending) member.dismiss();
  let codes: Array<number | null> = [];
  const over = Promise.all(ending.map(({ exited }) => exited)).then((exits) => {
    codes = exits.map(({ code }) => code);
  });
  await Promise.race([over, stage.sleep(deadlineMs + 4_000)]);
  const tookMs = Math.round(stage.now() - since);
  const isKept = codes.length > 0 && codes.every((code) => code === 0) && tookMs <= deadlineMs;
  stage.check(
    `every worker ends within ${deadlineMs} ms with code 0`,
    isKept,
    codes.length > 0
      ? `codes ${codes.join(' ')} after ${tookMs} ms`
      : `still there after ${tookMs} ms`,
  );
  for (const member of ending) member.kill();
}

function startAnew(stage: Stage): Promise<unknown> {
  return Promise.all(Array.from({ length: stage.setup.workers }, () => stage.fleet.start()));
}

export const SHUTDOWNS: readonly Scenario[] = [
  {
    ...{ name: 'sigterm-redis-down', family, pace: 'fast' },
    fault: 'Redis is killed, then the workers get SIGTERM; both are started again',
    promise: 'they end by the deadline (3 s); at most the jobs in flight run again',
    bounds: { repeats: 'in flight' },
    async run(stage) {
      await stage.server.kill();
      await stage.sleep(500);
      await endAll(stage);
      await stage.server.restart();
      await startAnew(stage);
    },
  },
  {
    ...{ name: 'sigterm-redis-frozen', family, pace: 'usual' },
    fault: 'Redis is frozen when the workers get SIGTERM',
    promise: 'they end by the deadline (3 s); at most the jobs in flight run again',
    bounds: { repeats: 'in flight' },
    async run(stage) {
      stage.server.freeze();
      await stage.sleep(500);
      await endAll(stage);
      stage.server.thaw();
      await startAnew(stage);
    },
  },
  {
    ...{ name: 'sigterm-redis-refusing', family, pace: 'usual' },
    fault: 'Redis refuses every write when the workers get SIGTERM',
    promise: 'they end by the deadline (3 s); at most the jobs in flight run again',
    bounds: { repeats: 'in flight' },
    async run(stage) {
      await stage.admin('CONFIG', 'SET', 'min-replicas-to-write', '1');
      await stage.sleep(500);
      await endAll(stage);
      await stage.admin('CONFIG', 'SET', 'min-replicas-to-write', '0');
      await startAnew(stage);
    },
  },
  {
    ...{ name: 'sigterm-long-jobs', family, pace: 'usual' },
    fault: 'SIGTERM while jobs of 10 s run, the deadline is 3 s; new workers are started',
    promise: 'they end by the deadline; unfinished jobs run elsewhere and none fails',
    setup: { jobMs: 10_000, mostJobs: 20, concurrency: 5, warm: 'busy' },
    bounds: { repeats: 'in flight', resumeMs: 9_000 },
    async run(stage) {
      await endAll(stage);
      await startAnew(stage);
    },
  },
];
