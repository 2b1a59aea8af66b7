/**
 * How far a bulk action is, and whether it can be trusted to move. Pure.
 */
import type { BulkView } from '../../../../src/operations/views.ts';

/** How many have been dealt with, one way or another. */
export function dealtWith({ done, failed, skipped }: BulkView): number {
  return done + failed + skippedOf({ skipped });
}

/** How many were left as they are. */
export function skippedOf({ skipped }: Pick<BulkView, 'skipped'>): number {
  return Object.values(skipped).reduce((sum, count) => sum + count, 0);
}

/** Whether somebody is, or should be, at work on it. */
export function isActive({ state }: Pick<BulkView, 'state'>): boolean {
  return ['planned', 'canary', 'running', 'undoing'].includes(state);
}

/** The leader writes at least so often, if nothing holds it. */
const QUIET_MS = 10_000;

/**
 * Since when nobody has moved an action that should move, epoch ms; null: all is well. A slow pace and a canary that is
 * waited for are no silence.
 */
export function stuckSince(view: BulkView, now: number): number | null {
  const { updatedAt, perSecond, canaryUntil } = view;
  if (!isActive(view)) return null;
  const paceMs = perSecond === null ? 0 : 3_000 / perSecond;
  const from = Math.max(updatedAt, canaryUntil ?? 0);
  return now - from > QUIET_MS + paceMs ? updatedAt : null;
}
