/**
 * Redis is gone for a while: killed, frozen, paused, cut off, or not there yet.
 */
import {
  cutClients,
  emptyRedis,
  forgetScripts,
  freezeRedis,
  killRedis,
  pauseClients,
} from '../faults/server.ts';
import { LOG_LINES_PER_CUT, type Scenario } from '../harness/scenario.ts';

const family = 'Redis is gone';

export const CRASHES: readonly Scenario[] = [
  {
    ...{ name: 'absent-at-start', family, pace: 'usual' },
    fault: 'Redis comes up 4 s after the applications',
    promise: 'they start without it and begin by themselves',
    setup: { redis: 'absent', warm: 'none' },
    async run(stage) {
      await stage.sleep(4_000);
      await stage.server.restart();
    },
  },
  {
    ...{ name: 'killed-back-at-once', family, pace: 'fast' },
    fault: 'SIGKILL under load, restarted at once on its append-only file',
    promise: 'nothing lost, nothing twice, work goes on within 5 s',
    run: (stage) => killRedis(stage, 0),
  },
  {
    ...{ name: 'killed-3-s', family, pace: 'fast' },
    fault: 'SIGKILL under load, restarted after 3 s, one job at a time',
    promise: 'nothing lost, nothing twice, in order, adds answered in time',
    setup: { workers: 1, concurrency: 1, jobMs: 5 },
    bounds: { inOrder: true },
    run: (stage) => killRedis(stage, 3_000),
  },
  {
    ...{ name: 'killed-8-s', family, pace: 'usual' },
    fault: 'SIGKILL under load, restarted after 8 s, longer than the lock',
    promise: 'nothing lost, nothing twice, adds answered in time',
    run: (stage) => killRedis(stage, 8_000),
  },
  {
    ...{ name: 'away-longer-than-the-lock', family, pace: 'usual' },
    fault: 'Redis is away for 5 s while jobs of 7 s run under a lock of 2 s',
    promise: 'running jobs go on and none runs again',
    setup: {
      ...{ jobMs: 7_000, lockMs: 2_000, stalledMs: 1_500, concurrency: 8, mostJobs: 16 },
      warm: 'busy',
    },
    bounds: { resumeMs: Number.POSITIVE_INFINITY, allWorkersResume: false },
    run: (stage) => killRedis(stage, 5_000),
  },
  {
    ...{ name: 'back-empty', family, pace: 'usual' },
    fault: 'SIGKILL, and a Redis without data comes back',
    promise: 'declared loss: noticed, counted, said; work goes on with new jobs',
    setup: { jobMs: 500 }, // A backlog, so that there is something to lose.
    bounds: { lost: 'declared', repeats: 'in flight' },
    async run(stage) {
      const faultAt = stage.now();
      await emptyRedis(stage, 1_000);
      await stage.sleep(3_000);
      if (stage.side === 'bare') return;
      const members = [...stage.fleet.members, stage.producer];
      const word = members
        .flatMap(({ logs }) => logs)
        .find(
          ({ atMs, text }) =>
            atMs > faultAt &&
            /\b(empty|emptied|without (its )?data|data (is|are) gone)\b/i.test(text),
        );
      stage.check('the loss is said in the log', word !== undefined, word?.text ?? 'no word of it');
    },
  },
  {
    ...{ name: 'frozen-3-s', family, pace: 'fast' },
    fault: 'SIGSTOP for 3 s: connections stay, nothing answers',
    promise: 'nothing lost, nothing twice',
    run: (stage) => freezeRedis(stage, 3_000),
  },
  {
    ...{ name: 'frozen-8-s', family, pace: 'usual' },
    fault: 'SIGSTOP for 8 s, longer than the lock',
    promise: 'nothing lost; at most the jobs in flight run again',
    bounds: { repeats: 'in flight' },
    run: (stage) => freezeRedis(stage, 8_000),
  },
  {
    ...{ name: 'frozen-30-s', family, pace: 'slow' },
    fault: 'SIGSTOP for 30 s, longer than the socket timeout',
    promise: 'nothing lost; at most the jobs in flight run again',
    bounds: { repeats: 'in flight' },
    run: (stage) => freezeRedis(stage, 30_000),
  },
  {
    ...{ name: 'clients-cut', family, pace: 'usual' },
    fault: 'CLIENT KILL of everybody, 15 times in 3 s',
    promise: 'nothing lost, nothing twice',
    bounds: { logLinesPerSecond: 5 * LOG_LINES_PER_CUT },
    run: (stage) => cutClients(stage, 15, 200),
  },
  {
    ...{ name: 'paused-all', family, pace: 'usual' },
    fault: 'CLIENT PAUSE ALL for 6 s, longer than the lock',
    promise: 'nothing lost; at most the jobs in flight run again',
    bounds: { repeats: 'in flight' },
    run: (stage) => pauseClients(stage, 6_000, 'ALL'),
  },
  {
    ...{ name: 'paused-writes', family, pace: 'usual' },
    fault: 'CLIENT PAUSE WRITE for 6 s, longer than the lock',
    promise: 'nothing lost; at most the jobs in flight run again',
    bounds: { repeats: 'in flight' },
    run: (stage) => pauseClients(stage, 6_000, 'WRITE'),
  },
  {
    ...{ name: 'scripts-forgotten', family, pace: 'fast' },
    fault: 'SCRIPT FLUSH 20 times in 2 s while flows are added',
    promise: 'no flow without its children, nothing lost',
    setup: { flows: true, addsPerSecond: 30 },
    run: (stage) => forgetScripts(stage, 20, 100),
  },
];
