/**
 * `npm run soak -- [--seed N] [--seconds S | --runs N] [--side bare]`, and `npm run soak -- --resume`
 *
 * Runs one random scenario after the other, each less than 20 s: seed N, N + 1 and so on. How far it is stands
 * in a file after every run, so that it can be stopped and resumed. Ends with 1 when a promise was broken.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { monotonicMs } from './apps/say.ts';
import { brokenIn } from './harness/outcome.ts';
import { runScenario } from './harness/run-scenario.ts';
import type { Side } from './harness/scenario.ts';
import { linesOf } from './report/line.ts';
import { randomScenario } from './scenarios/random.ts';

const STATE: string = fileURLToPath(new URL('../../.drover/soak.json', import.meta.url));

/** How far a soak is. */
interface SoakState {
  readonly side: Side;
  readonly firstSeed: number;
  readonly nextSeed: number;
  readonly leftMs: number;
  readonly leftRuns: number;
  readonly brokenSeeds: readonly number[];
}

// What a run has opened is closed when the process exits, and a signal alone would not let it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string' },
    runs: { type: 'string' },
    side: { type: 'string', default: 'drover' },
    resume: { type: 'boolean', default: false },
  },
});

function fresh(): SoakState {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  const runs = Number(values.runs ?? Number.MAX_SAFE_INTEGER);
  const seconds = Number(values.seconds ?? (values.runs ? Number.MAX_SAFE_INTEGER : 600));
  const isUsable = [seed, runs, seconds].every((n) => Number.isFinite(n) && n >= 0);
  if (!isUsable || !['drover', 'bare'].includes(values.side)) {
    console.error('drover: --seed, --seconds and --runs are numbers, --side is drover or bare');
    process.exit(1);
  }
  const side = values.side as Side;
  const left = { leftMs: seconds * 1_000, leftRuns: runs };
  return { side, firstSeed: seed, nextSeed: seed, ...left, brokenSeeds: [] };
}

function save(state: SoakState): void {
  mkdirSync(new URL('.', `file://${STATE}`), { recursive: true });
  writeFileSync(STATE, `${JSON.stringify(state, null, 2)}\n`);
}

/** Whether every promise was kept. A harness that fails is not a promise that was kept. */
async function isKept(seed: number, side: Side): Promise<boolean> {
  const scenario = randomScenario(seed);
  console.log(`seed ${seed}: ${scenario.fault}`);
  try {
    const outcome = await runScenario(scenario, side);
    for (const line of linesOf(outcome)) console.log(line);
    return brokenIn(outcome).length === 0;
  } catch (error) {
    console.log(`    the harness failed: ${(error as Error).stack}`);
    return false;
  }
}

let state: SoakState = values.resume
  ? (JSON.parse(readFileSync(STATE, 'utf8')) as SoakState)
  : fresh();
console.log(`drover: soak from seed ${state.nextSeed}; resume with: npm run soak -- --resume`);
while (state.leftMs > 0 && state.leftRuns > 0) {
  const startedAt = monotonicMs();
  const seed = state.nextSeed;
  const wasKept = await isKept(seed, state.side);
  state = {
    ...state,
    nextSeed: seed + 1,
    leftMs: state.leftMs - (monotonicMs() - startedAt),
    leftRuns: state.leftRuns - 1,
    brokenSeeds: wasKept ? state.brokenSeeds : [...state.brokenSeeds, seed],
  };
  save(state);
}
const { firstSeed, nextSeed, brokenSeeds } = state;
console.log(`drover: ${nextSeed - firstSeed} runs, seeds ${firstSeed} to ${nextSeed - 1}`);
for (const seed of brokenSeeds) {
  console.log(`drover: a promise was broken; repeat with: npm run soak -- --seed ${seed} --runs 1`);
}
process.exit(brokenSeeds.length > 0 ? 1 : 0);
