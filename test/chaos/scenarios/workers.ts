/**
 * Worker processes are killed, frozen, blocked, replaced, or wrong about the time.
 */
import { builtApp } from '../harness/fleet.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

const family = 'workers fail';

/** Kills one worker with jobs running; checks when its jobs run elsewhere. */
async function killMidJob(stage: Stage, withinMs: number): Promise<void> {
  const { fleet, ledger } = stage;
  const victim = fleet.live[0]!;
  const completed = new Set(ledger.completed.map(({ id }) => id));
  const orphans = ledger.started
    .filter(({ id, by }) => by === victim.name && !completed.has(id))
    .map(({ id }) => id);
  const killedAt = stage.now();
  victim.kill();
  const isTakenOver = (): boolean =>
    orphans.every((id) => ledger.started.some((d) => d.id === id && d.by !== victim.name));
  const isDone = await stage.until(isTakenOver, withinMs + 55_000);
  const tookMs = Math.round(stage.now() - killedAt);
  if (isDone) stage.note(`${orphans.length} jobs ran elsewhere after ${tookMs} ms`);
  stage.check(
    `its jobs run elsewhere within ${withinMs} ms`,
    orphans.length > 0 && isDone && tookMs <= withinMs,
    `${orphans.length} jobs, ${isDone ? `${tookMs} ms` : `not within ${tookMs} ms`}`,
  );
}

/** Each worker is replaced by a new one, told to end, and ends in order. */
async function roll(stage: Stage): Promise<void> {
  const codes: Array<number | null> = [];
  for (const old of stage.fleet.live) {
    await stage.fleet.start();
    codes.push(await old.retire());
  }
  stage.check(
    'each old worker ends with code 0',
    codes.every((code) => code === 0),
    codes.join(' '),
  );
}

/** So often that a job can be in a killed worker more than once. */
const KILLINGS = 4;

async function killAllEvery5s(stage: Stage): Promise<void> {
  for (let round = 0; round < KILLINGS; round += 1) {
    for (const member of stage.fleet.live) member.kill();
    await Promise.all(Array.from({ length: stage.setup.workers }, () => stage.fleet.start()));
    if (round < KILLINGS - 1) await stage.sleep(5_000);
  }
}

async function freezeWorker(stage: Stage, ms: number): Promise<void> {
  const victim = stage.fleet.live[0]!;
  victim.freeze();
  await stage.sleep(ms);
  victim.thaw();
}

async function blockWorker(stage: Stage, ms: number): Promise<void> {
  const victim = stage.fleet.live[0]!;
  victim.isDisturbed = true;
  victim.say(`block ${ms}`);
  await victim.app.line(' unblocked ', ms + 20_000);
  victim.isDisturbed = false;
}

async function stepClock(stage: Stage, ms: number): Promise<void> {
  const odd = await stage.fleet.start({ preload: builtApp('clock') });
  await stage.sleep(500);
  odd.say(`step ${ms}`);
  await stage.sleep(3_000);
}

/** About nine run at any time; one worker alone could just do them. */
const LONG_JOBS = { jobMs: 1_500, addsPerSecond: 6 };

export const WORKERS: readonly Scenario[] = [
  {
    ...{ name: 'worker-killed', family, pace: 'fast' },
    fault: 'SIGKILL of one of two workers with jobs running; lock 2 s, stalled scan every 1.5 s',
    promise: 'its jobs run elsewhere within lock + scan + 2 s; only they run again',
    setup: { ...LONG_JOBS, lockMs: 2_000, stalledMs: 1_500 },
    bounds: { repeats: 10 },
    run: (stage) => killMidJob(stage, 2_000 + 1_500 + 2_000),
  },
  {
    ...{ name: 'worker-killed-defaults', family, pace: 'slow' },
    fault: 'the same with the default settings of each side',
    promise: 'its jobs run elsewhere within 30 + 10 + 2 s; only they run again',
    setup: { ...LONG_JOBS, lockMs: undefined, stalledMs: undefined },
    bounds: { repeats: 10 },
    run: (stage) => killMidJob(stage, 42_000),
  },
  {
    ...{ name: 'all-workers-killed', family, pace: 'usual' },
    fault: 'SIGKILL of all workers every 5 s, four times, with jobs of 3 s under a lock of 2 s',
    promise: 'nothing lost, no job failed for being in the wrong place',
    // What was in killed workers twice runs one at a time in each process.
    setup: { jobMs: 3_000, addsPerSecond: 4, lockMs: 2_000, stalledMs: 1_500, drainMs: 60_000 },
    bounds: { repeats: KILLINGS * 20 },
    run: killAllEvery5s,
  },
  {
    ...{ name: 'worker-frozen', family, pace: 'usual' },
    fault: 'SIGSTOP of a worker for 8 s, twice its lock',
    promise: 'its jobs run elsewhere; what it finishes afterwards counts once in the books',
    bounds: { repeats: 10 },
    run: (stage) => freezeWorker(stage, 8_000),
  },
  {
    ...{ name: 'event-loop-blocked', family, pace: 'usual' },
    fault: 'the event loop of a worker is blocked for 8 s, twice its lock',
    promise: 'its jobs run elsewhere; what it finishes afterwards counts once in the books',
    bounds: { repeats: 10 },
    run: (stage) => blockWorker(stage, 8_000),
  },
  {
    ...{ name: 'event-loop-blocked-defaults', family, pace: 'slow' },
    fault: 'the event loop of a worker is blocked for 40 s under the default lock of 30 s',
    promise: 'its jobs run elsewhere; what it finishes afterwards counts once in the books',
    setup: { lockMs: undefined, stalledMs: undefined, drainMs: 45_000 },
    bounds: { repeats: 10 },
    run: (stage) => blockWorker(stage, 40_000),
  },
  {
    ...{ name: 'rolling-restart', family, pace: 'usual' },
    fault: 'four workers are replaced one after the other by SIGTERM',
    promise: 'nothing lost, nothing twice, every worker ends with code 0',
    setup: { workers: 4, concurrency: 5, jobMs: 200 },
    run: roll,
  },
  {
    ...{ name: 'clock-stepped', family, pace: 'usual' },
    fault: 'the clock of one worker jumps by an hour',
    promise: 'nothing lost, nothing twice',
    run: (stage) => stepClock(stage, 3_600_000),
  },
  {
    ...{ name: 'clock-stepped-back', family, pace: 'usual' },
    fault: 'the clock of one worker jumps back by an hour',
    promise: 'nothing lost, nothing twice',
    run: (stage) => stepClock(stage, -3_600_000),
  },
];
