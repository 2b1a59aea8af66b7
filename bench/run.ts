/**
 * `npm run bench -- SCENARIO [--json] [--quick] [--rounds N] [--save] [--seeds N,N] [--trace FILE] [--plot FILE]`
 *
 * Runs one scenario, or all in turn, and prints a table or one JSON object. Progress and warnings go to
 * stderr. A part that fails leaves its rows out and makes the exit code 1; a missed bar does not. Without a
 * scenario it lists them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readMachine, warningOf } from './harness/machine.ts';
import { type Report, toJson, toTable } from './harness/report.ts';
import type { Row, Scenario } from './harness/scenario.ts';
import { backup } from './scenarios/backup.ts';
import { cliStart } from './scenarios/cli-start.ts';
import { connections } from './scenarios/connections.ts';
import { dashboard } from './scenarios/dashboard.ts';
import { durability } from './scenarios/durability.ts';
import { grouping } from './scenarios/grouping.ts';
import { memory } from './scenarios/memory.ts';
import { metricsOverhead } from './scenarios/metrics-overhead.ts';
import { nestjs } from './scenarios/nestjs.ts';
import { overview } from './scenarios/overview.ts';
import { payloadThroughput } from './scenarios/payload-throughput.ts';
import { percentiles } from './scenarios/percentiles.ts';
import { pickup } from './scenarios/pickup.ts';
import { pipeline } from './scenarios/pipeline.ts';
import { recovery } from './scenarios/recovery.ts';
import { replay } from './scenarios/replay.ts';
import { scalingCost } from './scenarios/scaling-cost.ts';
import { scalingReal } from './scenarios/scaling-real.ts';
import { scalingSim } from './scenarios/scaling-sim.ts';
import { scalingStep } from './scenarios/scaling-step.ts';
import { spool } from './scenarios/spool.ts';
import { stats } from './scenarios/stats.ts';
import { stop } from './scenarios/stop.ts';
import { sweep } from './scenarios/sweep.ts';
import { throughput } from './scenarios/throughput.ts';

const SCENARIOS: readonly Scenario[] = [
  connections,
  throughput,
  pickup,
  stats,
  stop,
  recovery,
  spool,
  memory,
  metricsOverhead,
  percentiles,
  replay,
  pipeline,
  grouping,
  payloadThroughput,
  scalingSim,
  scalingReal,
  scalingStep,
  scalingCost,
  sweep,
  overview,
  dashboard,
  cliStart,
  backup,
  durability,
  nestjs,
];
const ALL = 'all';
const USAGE = `npm run bench -- SCENARIO [--json] [--quick] [--rounds N] [--save]

${[...SCENARIOS, { name: ALL, describe: 'all of them in turn' }]
  .map(({ name, describe }) => `  ${name.padEnd(18)}${describe}`)
  .join('\n')}

  --json      one JSON object instead of a table
  --quick     small sizes: shows that it runs, the figures mean nothing
  --rounds N  rounds per figure, instead of each figure's own number
  --save      also writes the raw figures of every round to bench/results/
  --jobs N    jobs of the sweep or the overview, instead of a million

Scenarios whose name begins with scaling:
  --seeds N,N  seeds of the workloads, instead of 101,202
  --trace FILE a recorded trace too (see bench/README.md)
  --plot FILE  also writes charts as SVG`;

interface Settings {
  readonly scenarios: readonly Scenario[];
  readonly name: string;
  readonly json: boolean;
  readonly quick: boolean;
  readonly save: boolean;
  readonly rounds: number | undefined;
  readonly jobs: number | undefined;
  readonly seeds: readonly number[] | undefined;
  readonly trace: string | undefined;
  readonly plot: string | undefined;
}

/** Settings, or what is wrong with the arguments. */
function readSettings(args: readonly string[]): Settings | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        jobs: { type: 'string' },
        seeds: { type: 'string' },
        trace: { type: 'string' },
        plot: { type: 'string' },
      },
    });
    const [name, ...more] = positionals;
    if (name === undefined) return '';
    const scenarios = SCENARIOS.filter((scenario) => name === ALL || scenario.name === name);
    if (scenarios.length === 0 || more.length > 0) {
      return `there is no scenario "${positionals.join(' ')}"`;
    }
    const { json, quick, save } = values;
    if (quick && save) return 'the figures of --quick mean nothing: they are not saved';
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) {
      return `--rounds must be a whole number from 1 to 100, got "${values.rounds}"`;
    }
    const jobs = values.jobs === undefined ? undefined : Number(values.jobs);
    if (jobs !== undefined && !(Number.isSafeInteger(jobs) && jobs >= 1))
      return `--jobs must be a whole number from 1 on, got "${values.jobs}"`;
    const seeds = values.seeds?.split(',').map(Number);
    if (seeds?.some((seed) => !Number.isSafeInteger(seed) || seed < 0)) {
      return `--seeds must be whole numbers with commas between them, got "${values.seeds}"`;
    }
    const { trace, plot } = values;
    return { scenarios, name, json, quick, save, rounds, jobs, seeds, trace, plot };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function runOne(scenario: Scenario, settings: Settings): Promise<Report> {
  const machine = readMachine();
  const warning = warningOf(machine);
  if (warning) tell(`warning: ${warning}`);
  const progress = (line: string): void => tell(`${scenario.name}: ${line}`);
  const part = async (run: () => Promise<readonly Row[]>): Promise<readonly Row[]> => {
    try {
      return await run();
    } catch (error) {
      tell(`FAILED ${scenario.name}: ${error instanceof Error ? error.stack : String(error)}`);
      process.exitCode = 1;
      return [];
    }
  };
  const rows = await part(() => scenario.run({ ...settings, progress, part }));
  return { scenario: scenario.name, machine, rows };
}

/** The reports of one run as one: rows say which scenario they belong to. */
function join(reports: readonly Report[]): Report {
  const rows = reports.flatMap(({ scenario, rows }) =>
    rows.map((row) => ({ ...row, what: `${scenario}: ${row.what}` })),
  );
  return { scenario: ALL, machine: reports[0]!.machine, rows };
}

function save(report: Report): void {
  const date = new Date().toISOString().slice(0, 10);
  // From bench/dist.
  const file = new URL(`../results/${date}-${report.scenario}.json`, import.meta.url);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, `${toJson(report, { withSamples: true })}\n`);
  tell(`saved ${fileURLToPath(file)}`);
}

function tell(line: string): void {
  console.error(`bench: ${line}`);
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (typeof settings === 'string') {
    if (settings !== '') tell(settings);
    console.log(USAGE);
    if (settings !== '') process.exitCode = 1;
    return;
  }
  const reports: Report[] = [];
  for (const scenario of settings.scenarios) {
    const report = await runOne(scenario, settings);
    if (settings.save) save(report);
    if (!settings.json) console.log(`${toTable(report)}\n`);
    reports.push(report);
  }
  if (settings.json) {
    const report = settings.name === ALL ? join(reports) : reports[0]!;
    console.log(toJson(report, { withSamples: false }));
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
await main();
