/**
 * From measured rounds to rows, and from rows to what people and programs read.
 */
import type { Machine } from './machine.ts';
import type { Rounds } from './rounds.ts';
import type { Row } from './scenario.ts';
import { median } from './statistics.ts';

/** What a row says beside its figures. */
export type Label = Pick<Row, 'what' | 'unit' | 'bar' | 'better'>;

/** Everything that one run has found. */
export interface Report {
  readonly scenario: string;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

/** A row with a peer: medians of both, and their ratio. */
export function compared(label: Label, { ours, peer }: Rounds<number>): Row {
  const [a, b] = [median(ours), median(peer)];
  return {
    ...label,
    ours: rounded(a),
    peer: rounded(b),
    ratio: rounded(a / b),
    samples: { ours, peer },
  };
}

/** A row that stands alone. */
export function alone(label: Label, ours: number[]): Row {
  return {
    ...label,
    ours: rounded(median(ours)),
    peer: null,
    ratio: null,
    samples: { ours, peer: [] },
  };
}

/** Whether the row meets its bar; null when it has none. */
export function holds({ bar, better, ratio, ours }: Row): boolean | null {
  if (bar === null) return null;
  const figure = ratio ?? ours;
  return better === 'higher' ? figure >= bar : figure <= bar;
}

/** One JSON object. Raw samples only where asked for. */
export function toJson(report: Report, { withSamples }: { withSamples: boolean }): string {
  const rows = report.rows.map(({ what, ours, peer, ratio, unit, bar, better, samples }) => {
    const row = { what, ours, peer, ratio, unit, bar, better };
    return withSamples ? { ...row, samples } : row;
  });
  return JSON.stringify({ ...report, rows }, null, 2);
}

/** A table that says what holds. */
export function toTable({ scenario, machine, rows }: Report): string {
  const cells = rows.map((row) => [
    row.what,
    `${row.ours} ${row.unit}`,
    row.peer === null ? '' : `${row.peer} ${row.unit}`,
    row.ratio === null ? '' : String(row.ratio),
    barOf(row),
    { true: 'holds', false: 'MISSED', null: '' }[String(holds(row)) as 'true' | 'false' | 'null'],
  ]);
  const head = [scenario, 'ours', 'peer', 'ratio', 'bar', ''];
  const widths = head.map((_, i) => Math.max(...[head, ...cells].map((line) => line[i]!.length)));
  const lines = [head, ...cells].map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  '),
  );
  return [...lines.map((line) => line.trimEnd()), '', describeMachine(machine)].join('\n');
}

function barOf({ bar, better, ratio }: Row): string {
  if (bar === null) return '';
  return `${ratio === null ? '' : 'ratio '}${better === 'higher' ? '≥' : '≤'} ${bar}`;
}

function describeMachine(machine: Machine): string {
  const { cpu, cores, memoryGb, node, redis, bullmq, ioredis, platform, loadAverage } = machine;
  return (
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}; Node ${node}, Redis ${redis}, ` +
    `BullMQ ${bullmq}, ioredis ${ioredis}; load average at start ${loadAverage.join(' ')}`
  );
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
