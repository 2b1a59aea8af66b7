/**
 * What was counted over a span → what a queue is judged by. Pure.
 *
 * What is not known stays null: the judge must not take it for "nothing happened".
 */
import { type Figures, toFigures } from '../metrics/figures.ts';
import type { Recent } from '../metrics/read-metrics.ts';
import { Sketch } from '../metrics/sketch.ts';
import type { RecentFigures, WindowCounts } from './queue-signals.ts';

/** What happened lately. */
export function toRecentFigures(recent: Recent): RecentFigures {
  const figures = toFigures(recent);
  return {
    spanMs: recent.to - recent.from,
    source: figures.source,
    finished: finishedOf(figures),
    dead: figures.counts?.dead ?? null,
    failedAttempts: figures.counts?.failed ?? null,
    waitP95Ms: figures.wait?.p95Ms ?? null,
    waits: figures.wait?.count ?? null,
    runMeanMs: figures.run?.meanMs ?? null,
    throughputPerMinute: figures.throughputPerMinute,
    arrivalsPerMinute: figures.arrivalsPerMinute,
  };
}

/**
 * Good and bad events of a window.
 *
 * @param waitMs the wait that was promised, if one was
 */
export function toWindowCounts(recent: Recent, waitMs: number | undefined): WindowCounts | null {
  const { record } = recent;
  if (!record) return null;
  const figures = toFigures(recent);
  const waits = figures.wait?.count ?? 0;
  const all = new Sketch();
  all.merge(record.total.wait);
  if (record.derived) all.merge(record.derived.wait);
  const share = waitMs === undefined ? undefined : all.shareAbove(waitMs);
  return {
    finished: finishedOf(figures),
    dead: figures.counts?.dead ?? null,
    waits,
    longWaits: waitMs === undefined ? null : Math.round(waits * (share ?? 0)),
  };
}

function finishedOf({ counts }: Figures): number | null {
  if (!counts || counts.completed === null || counts.dead === null) return null;
  return counts.completed + counts.dead;
}
