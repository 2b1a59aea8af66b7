/**
 * The history of a queue as lines of charts, and what is to be said of where it comes from. Pure.
 */
import type { Distribution, Figures } from '../../../../src/operations/views.ts';
import type { ChartLine } from '../../ui/chart-line.ts';
import type { Words } from '../../words/en/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Spans that may be looked at: some 60 to 100 points each. Minutes are kept for a day, hours for 90 days. */
export const RANGES = {
  '1h': { resolution: 'minute', every: 1, stepMs: MINUTE_MS, lastMs: HOUR_MS },
  '6h': { resolution: 'minute', every: 5, stepMs: 5 * MINUTE_MS, lastMs: 6 * HOUR_MS },
  '24h': { resolution: 'minute', every: 15, stepMs: 15 * MINUTE_MS, lastMs: 24 * HOUR_MS },
  '7d': { resolution: 'hour', every: 2, stepMs: 2 * HOUR_MS, lastMs: 7 * 24 * HOUR_MS },
  '90d': { resolution: 'hour', every: 24, stepMs: 24 * HOUR_MS, lastMs: 90 * 24 * HOUR_MS },
} as const;
/** One of them. */
export type Range = keyof typeof RANGES;

/** The span that an address asks for. */
export function rangeOf(text: string | null): Range {
  return text !== null && Object.hasOwn(RANGES, text) ? (text as Range) : '1h';
}

type HistoryWords = Words['queue']['history'];

/** Lines of all charts. */
export interface HistoryLines {
  readonly times: readonly number[];
  readonly finished: readonly ChartLine[];
  readonly flow: readonly ChartLine[];
  readonly wait: readonly ChartLine[];
  readonly run: readonly ChartLine[];
}

/** @param objectiveMs what is promised of the wait; null: nothing */
export function toLines(
  figures: readonly Figures[],
  objectiveMs: number | null,
  words: HistoryWords,
): HistoryLines {
  const each = (read: (at: Figures) => number | null): readonly (number | null)[] =>
    figures.map(read);
  const spread = (of: 'wait' | 'run'): readonly ChartLine[] =>
    PERCENTILES.map(({ name, tint, field }) => ({
      ...{ label: words[name], tint, values: each((at) => at[of]?.[field] ?? null) },
    }));
  const objective: readonly ChartLine[] =
    objectiveMs === null
      ? []
      : [{ label: words.objective, tint: 4, drawnAs: 'level', values: each(() => objectiveMs) }];
  const throughput = each((at) => at.throughputPerMinute);
  return {
    times: figures.map(({ from }) => from),
    finished: [
      {
        label: words.completed,
        tint: 1,
        drawnAs: 'area',
        values: each((at) => partOf(at, 'completed')),
      },
      { label: words.failed, tint: 2, values: each((at) => partOf(at, 'dead')) },
    ],
    flow: [
      { label: words.arrivals, tint: 3, values: each((at) => at.arrivalsPerMinute) },
      { label: words.done, tint: 1, values: throughput },
    ],
    wait: [...spread('wait'), ...objective],
    run: spread('run'),
  };
}

const PERCENTILES = [
  { name: 'p50', tint: 3, field: 'p50Ms' },
  { name: 'p95', tint: 1, field: 'p95Ms' },
  { name: 'p99', tint: 5, field: 'p99Ms' },
] as const satisfies readonly {
  name: string;
  tint: ChartLine['tint'];
  field: keyof Distribution;
}[];

/** Jobs of one outcome in a minute: their part of all that finished. */
function partOf(
  { counts, throughputPerMinute }: Figures,
  outcome: 'completed' | 'dead',
): number | null {
  const [completed, dead] = [counts?.completed ?? null, counts?.dead ?? null];
  if (throughputPerMinute === null || completed === null || dead === null) return null;
  const all = completed + dead;
  return all === 0 ? 0 : (throughputPerMinute * (outcome === 'completed' ? completed : dead)) / all;
}

/** Where the figures come from. */
export interface Provenance {
  /** When what is known begins, if that is within the span; null: before it. */
  readonly beginsAt: number | null;
  /** Whether any is derived from jobs that are kept. */
  readonly isDerived: boolean;
  /** Whether there are times in between of which nothing is known. */
  readonly hasGaps: boolean;
}

/** null: nothing is known. */
export function provenanceOf(figures: readonly Figures[]): Provenance | null {
  const isKnown = ({ source }: Figures): boolean => source !== 'absent';
  const first = figures.findIndex(isKnown);
  if (first < 0) return null;
  const last = figures.findLastIndex(isKnown);
  return {
    beginsAt: first === 0 ? null : figures[first]!.from,
    isDerived: figures.some(({ source }) => source === 'derived'),
    hasGaps: figures.slice(first, last).some((each) => !isKnown(each)),
  };
}
