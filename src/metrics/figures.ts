/**
 * What readers get: the figures of a queue, or of one job name of it, over a span of time. Pure.
 *
 * Every figure says where it comes from, and what is not known is null, never 0.
 */
import { OTHER } from './queue-recorder.ts';
import { Sketch } from './sketch.ts';
import { type Derived, Tally, type WindowRecord } from './window-record.ts';

/**
 * `measured`: by the workers themselves · `derived`: in part or wholly from the finished jobs that are still kept,
 * since workers without Drover ran them · `absent`: nothing is known.
 */
export type Source = 'measured' | 'derived' | 'absent';

/** Jobs by outcome; null where it is not known. */
export interface Counts {
  readonly completed: number | null;
  /** Failed attempts: `retried` and `dead`. */
  readonly failed: number | null;
  readonly retried: number | null;
  /** Null for one job name: BullMQ does not tell which stalled. */
  readonly stalled: number | null;
  readonly timedOut: number | null;
  readonly cancelled: number | null;
  /** Jobs that failed and will not be tried again. */
  readonly dead: number | null;
}

/** How a duration is spread. `mean` and `max` are exact, percentiles are off by `errorRatio` of themselves at most. */
export interface Distribution {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p75Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly errorRatio: number;
}

/** Figures over one span. */
export interface Figures {
  /** Epoch ms, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly counts: Counts | null;
  /** Jobs that completed or failed for good. */
  readonly throughputPerMinute: number | null;
  readonly arrivalsPerMinute: number | null;
  /** 0 to 1: busy slots / slots. */
  readonly utilisation: number | null;
  /** Stored data of the jobs that were started, in UTF-16 units: bytes where it is ASCII. */
  readonly payloadBytes: number | null;
  /** Of first attempts, since they could have been fetched. */
  readonly wait: Distribution | null;
  /** Of attempts that completed. */
  readonly run: Distribution | null;
  readonly source: Source;
}

/** What a span is made of. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly record: WindowRecord | undefined;
  /** How many minutes of the span are known; the record's own number by default. */
  readonly minutes?: number;
  /** One job name only. */
  readonly jobName?: string | undefined;
}

/** The figures of a span. */
export function toFigures(span: Span): Figures {
  const { from, to, record, jobName } = span;
  const absent = absentFigures(from, to);
  if (!record || !(record.isMeasured || record.derived)) return absent;
  const minutes = span.minutes ?? record.minutes;
  return jobName === undefined
    ? { ...absent, ...ofQueue(record, minutes) }
    : { ...absent, ...ofName(record, minutes, jobName) };
}

/** The figures of a sketch; null when it is empty. */
export function toDistribution(sketch: Sketch): Distribution | null {
  const { count, sum, max, errorRatio } = sketch;
  if (count === 0) return null;
  const at = (q: number): number => sketch.quantile(q) ?? 0;
  return {
    count,
    meanMs: sum / count,
    p50Ms: at(0.5),
    p75Ms: at(0.75),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: max,
    errorRatio,
  };
}

function ofQueue(record: WindowRecord, minutes: number): Partial<Figures> {
  const { isMeasured, derived, slotMs, busyMs, stalled, arrivals, arrivalMinutes } = record;
  const total = record.total;
  const completed = added(isMeasured ? total.completed : null, derived, 'completed');
  const dead = added(isMeasured ? total.dead : null, derived, 'dead');
  const measured = (value: number): number | null => (isMeasured ? value : null);
  const finished = sum(completed, dead);
  return {
    counts: {
      completed,
      failed: sum(measured(total.retried), dead),
      retried: measured(total.retried),
      stalled: measured(stalled),
      timedOut: measured(total.timedOut),
      cancelled: measured(total.cancelled),
      dead,
    },
    throughputPerMinute: finished === null || minutes <= 0 ? null : finished / minutes,
    arrivalsPerMinute: arrivalMinutes > 0 ? arrivals / arrivalMinutes : null,
    utilisation: slotMs > 0 ? busyMs / slotMs : null,
    payloadBytes: measured(total.payloadBytes),
    wait: toDistribution(merged(total.wait, derived?.wait)),
    run: toDistribution(merged(total.run, derived?.run)),
    source: derived ? 'derived' : 'measured',
  };
}

/** What was not measured is not known by name. */
function ofName(record: WindowRecord, minutes: number, jobName: string): Partial<Figures> {
  const known = record.names.get(jobName);
  const isComplete = record.isMeasured && !record.derived && !record.names.has(OTHER);
  if (!record.isMeasured || (!known && !isComplete)) return {};
  const tally = known ?? new Tally();
  const { completed, retried, dead, timedOut, cancelled, payloadBytes } = tally;
  const failed = retried + dead;
  return {
    counts: { completed, failed, retried, stalled: null, timedOut, cancelled, dead },
    throughputPerMinute: minutes > 0 ? (completed + dead) / minutes : null,
    payloadBytes,
    wait: toDistribution(tally.wait),
    run: toDistribution(tally.run),
    source: record.derived ? 'derived' : 'measured',
  };
}

function absentFigures(from: number, to: number): Figures {
  return {
    ...{ from, to, counts: null, throughputPerMinute: null, arrivalsPerMinute: null },
    ...{ utilisation: null, payloadBytes: null, wait: null, run: null, source: 'absent' },
  };
}

/** What was measured, and what comes on top of it. */
function added(
  measured: number | null,
  derived: Derived | undefined,
  name: 'completed' | 'dead',
): number | null {
  if (!derived) return measured;
  const more = derived[name];
  return more === null ? null : (measured ?? 0) + more;
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function merged(a: Sketch, b: Sketch | undefined): Sketch {
  if (!b) return a;
  const both = new Sketch();
  both.merge(a);
  both.merge(b);
  return both;
}
