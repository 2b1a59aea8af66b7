/**
 * One run from the first process to the verdict: set up, harm, mend, go on for a while, drain, judge.
 *
 * Every wait has an end. A run never throws for a broken promise, only when the harness itself fails.
 */
import { monotonicMs } from '../apps/say.ts';
import { countUnfinished, readBooks } from './books.ts';
import { judge } from './invariants.ts';
import { idleSince, measure, type Times } from './measure.ts';
import { notRun, type Outcome } from './outcome.ts';
import {
  type Bounds,
  QUEUE,
  type Scenario,
  type Side,
  USUAL_BOUNDS,
  USUAL_SETUP,
} from './scenario.ts';
import { Stage } from './stage.ts';

/** Work goes on for this long before the fault. */
const BEFORE_MS = 700;
/** Longest that adds may take to be answered at the end; those of bare BullMQ may take for ever. */
const IDLE_MS = 5_000;

/** Runs a scenario against one side. */
export async function runScenario(scenario: Scenario, side: Side): Promise<Outcome> {
  const why = scenario.cannotRun?.(side);
  if (why !== undefined) return notRun(scenario, side, why);
  const startedAt = monotonicMs();
  const own = typeof scenario.setup === 'function' ? scenario.setup(side) : scenario.setup;
  const setup = { ...USUAL_SETUP, ...own };
  const bounds = { ...USUAL_BOUNDS, ...scenario.bounds };
  await using stage = await Stage.open(side, setup);
  await stage.begin();
  const times = await harm(stage, scenario);
  await goOn(stage, bounds, times);
  await finish(stage, bounds);
  const clients = String(await stage.admin('CLIENT', 'LIST'));
  const books = await readBooks(stage.redis, QUEUE);
  const figures = measure(stage, books, times);
  const checks = [...judge({ stage, figures, books, bounds, times, clients }), ...stage.checks];
  const tookMs = Math.round(monotonicMs() - startedAt);
  return { scenario: scenario.name, side, figures, checks, notes: stage.notes, tookMs };
}

async function harm(stage: Stage, scenario: Scenario): Promise<Times> {
  if (stage.setup.warm !== 'none') await stage.sleep(BEFORE_MS);
  const faultAtMs = stage.now();
  await scenario.run(stage);
  return { faultAtMs, healedAtMs: stage.now() };
}

/** Work goes on for a while; slow workers get the time that the promise gives them. */
async function goOn(stage: Stage, bounds: Bounds, { healedAtMs }: Times): Promise<void> {
  const { afterMs } = stage.setup;
  await stage.sleep(afterMs);
  if (!bounds.allWorkersResume) return;
  const leftMs = Math.max(0, bounds.resumeMs - afterMs);
  await stage.until(() => idleSince(stage, healedAtMs).length === 0, leftMs);
}

/** Stops adding and waits until everything is done, or until it is clear that it will not be. */
async function finish(stage: Stage, { lost }: Bounds): Promise<void> {
  const { setup, producer, ledger, redis } = stage;
  producer.say('stop');
  await stage.until(() => ledger.pending === 0 || !producer.app.isRunning, IDLE_MS);
  const isDone = async (): Promise<boolean> => {
    if ((await countUnfinished(redis, QUEUE)) > 0) return false;
    return lost === 'declared' || (await readBooks(redis, QUEUE)).orphans.length === 0;
  };
  await stage.until(isDone, setup.drainMs);
}
