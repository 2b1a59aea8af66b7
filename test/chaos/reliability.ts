/**
 * `npm run reliability -- [NAME ...] [--side drover|bare] [--pace fast|usual|slow] [--json]`
 *
 * Runs every scenario for Drover and for bare BullMQ, both at the same time, and writes `docs/reliability.md`. With names, one side
 * or one pace it runs only those and writes nothing. `--json` prints one object; all other words go to stderr.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { notRun, type Outcome } from './harness/outcome.ts';
import { runScenario } from './harness/run-scenario.ts';
import type { Scenario, Side } from './harness/scenario.ts';
import { linesOf } from './report/line.ts';
import { readMachine } from './report/machine.ts';
import { type Entry, type ReliabilityReport, toPage } from './report/page.ts';
import { SCENARIOS } from './scenarios/all.ts';

const PAGE: string = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

// What a run has opened is closed when the process exits, and a signal alone would not let it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    side: { type: 'string' },
    pace: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const isWhole = positionals.length === 0 && !values.side && !values.pace;
const chosen = SCENARIOS.filter(
  ({ name, pace }) =>
    (positionals.length === 0 || positionals.includes(name)) &&
    (values.pace === undefined || values.pace === pace),
);

async function runSide(scenario: Scenario, side: Side): Promise<Outcome> {
  if (values.side !== undefined && values.side !== side) {
    return notRun(scenario, side, 'left out');
  }
  try {
    const outcome = await runScenario(scenario, side);
    for (const line of linesOf(outcome)) console.error(line);
    return outcome;
  } catch (error) {
    console.error(`${scenario.name} ${side}: the harness failed:`, error);
    return notRun(scenario, side, `the harness failed: ${(error as Error).message.split('\n')[0]}`);
  }
}

if (chosen.length === 0) {
  console.error(
    `drover: there is no such scenario; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}
const entries: Entry[] = [];
for (const scenario of chosen) {
  // Together: what else the machine does hits both alike.
  const [drover, bare] = await Promise.all([
    runSide(scenario, 'drover'),
    runSide(scenario, 'bare'),
  ]);
  entries.push({ scenario, drover, bare });
}
const report: ReliabilityReport = {
  date: new Date().toISOString().slice(0, 10),
  command: 'npm run reliability',
  machine: readMachine(),
  entries,
};
if (values.json) console.log(JSON.stringify(report, null, 2));
if (isWhole) {
  writeFileSync(PAGE, toPage(report));
  console.error(`drover: wrote ${PAGE}`);
}
// What is still open belongs to a run that is over.
process.exit(0);
