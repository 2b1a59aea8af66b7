/**
 * Writes the page `docs/reliability.md` from outcomes. Pure: outcomes in, text out.
 */
import { brokenIn, type Figures, type Outcome } from '../harness/outcome.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { Machine } from './machine.ts';

/** One scenario with what came of it on both sides. */
export interface Entry {
  readonly scenario: Scenario;
  readonly drover: Outcome;
  readonly bare: Outcome;
}

/** Everything that the page says. */
export interface ReliabilityReport {
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly entries: readonly Entry[];
}

const HEAD = `# Reliability

Written by \`npm run reliability\`; not by hand. Each scenario runs with Drover and, at the same time, with bare
BullMQ, whose connections have \`maxRetriesPerRequest: null\` and error listeners, and are otherwise left as they come.

A producer adds 60 jobs a second, each with an id of its own; two worker processes run ten of 20 ms at once under a lock of
4 s, unless the scenario says otherwise. Redis, producer and workers are real processes on one machine, with an append-only
file (\`everysec\`). What was accepted and what ran is counted outside Redis. Then the fault, the mending, and up to 25 s for
everything to finish.

- **repeats**: starts of a job beyond its first · **lost**: accepted, never run, nowhere to be found · **stuck**: still
  waiting or active at the end · **failed**: in the failed set, although no job fails by itself
- **back after**: from the mending to the next job that starts · **slowest add**: until it was answered, with yes or no;
  *open*: adds without any answer at the end
- **~** a time that was missed by little: the limit holds within what a busy machine explains
`;

/** The page. */
export function toPage({ date, command, machine, entries }: ReliabilityReport): string {
  const { cpu, cores, memoryGb, system, node, redis, drover, bullmq, ioredis } = machine;
  const families = [...new Set(entries.map(({ scenario }) => scenario.family))];
  return [
    HEAD,
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${system} · Node ${node}, Redis ${redis}, Drover ${drover}, BullMQ ${bullmq}, ioredis ${ioredis} · ${date} · \`${command}\``,
    '',
    summaryOf(entries),
    ...families.map((family) =>
      familyOf(
        family,
        entries.filter(({ scenario }) => scenario.family === family),
      ),
    ),
    missingOf(entries),
  ].join('\n');
}

function summaryOf(entries: readonly Entry[]): string {
  const count = (side: 'drover' | 'bare'): string => {
    const ran = entries.map((entry) => entry[side]).filter(({ figures }) => figures);
    const kept = ran.filter((outcome) => brokenIn(outcome).length === 0);
    return `${kept.length} of ${ran.length}`;
  };
  return `All promises of a scenario were kept in **${count('drover')}** scenarios by Drover, in ${count('bare')} by bare BullMQ.\n`;
}

function familyOf(family: string, entries: readonly Entry[]): string {
  const ran = entries.filter(({ drover }) => drover.figures);
  if (ran.length === 0) return '';
  const title = `## ${family[0]!.toUpperCase()}${family.slice(1)}\n`;
  const head =
    '| scenario | promised | | kept | back after | repeats | lost | stuck | failed | slowest add | errors/s |\n' +
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |';
  const rows = ran.flatMap(({ scenario, drover, bare }) => [
    `| **${scenario.name}**: ${scenario.fault} | ${scenario.promise} | Drover | ${cellsOf(drover)} |`,
    `| | | bare | ${cellsOf(bare)} |`,
  ]);
  return [title, head, ...rows, '', ...ran.flatMap(remarksOf), ''].join('\n');
}

function cellsOf(outcome: Outcome): string {
  const { figures, notRun } = outcome;
  if (!figures) return `not run: ${notRun} | | | | | | |`;
  const { repeats, lost, stuck, failed, errorsPerSecond } = figures;
  return [
    verdictOf(outcome),
    backAfter(figures),
    repeats,
    lost,
    stuck,
    failed,
    slowestAdd(figures),
    errorsPerSecond,
  ].join(' | ');
}

function verdictOf(outcome: Outcome): string {
  const { length } = brokenIn(outcome);
  if (length > 0) return `**no** (${length})`;
  return outcome.checks.some(({ state }) => state === 'strained') ? 'yes ~' : 'yes';
}

function backAfter({ resumeMs }: Figures): string {
  return resumeMs === null ? 'never' : `${(resumeMs / 1_000).toFixed(1)} s`;
}

function slowestAdd({ slowestAddMs, pending }: Figures): string {
  return `${(slowestAddMs / 1_000).toFixed(1)} s${pending > 0 ? `, ${pending} open` : ''}`;
}

function remarksOf({ scenario, drover, bare }: Entry): string[] {
  const words = (who: string, outcome: Outcome): string[] => {
    const broken = brokenIn(outcome);
    const said = outcome.notes.map((note) => `- ${scenario.name}, ${who}: ${note}`);
    if (broken.length === 0) return said;
    return [...said, `- ${scenario.name}, ${who}, **not kept**: ${broken.join('; ')}`];
  };
  return [...words('Drover', drover), ...words('bare', bare)];
}

function missingOf(entries: readonly Entry[]): string {
  const missing = entries.filter(({ drover }) => drover.notRun !== undefined);
  if (missing.length === 0) return '## Not run\n\nEvery scenario ran.\n';
  const rows = missing.map(
    ({ scenario, drover }) => `| ${scenario.name}: ${scenario.fault} | ${drover.notRun} |`,
  );
  return ['## Not run', '', '| scenario | why |', '| --- | --- |', ...rows, ''].join('\n');
}
