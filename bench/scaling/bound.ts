/**
 * What the work would cost somebody who knows it all in advance and lets no job wait longer than it may.
 *
 * Greedy, so it bounds the best possible cost from above. Every policy is divided by the same bound.
 */
import type { Setting } from './policy.ts';
import type { Workload } from './workload.ts';

const NO_GAP_SECONDS = 0.001;

/** Slot-seconds of the clairvoyant schedule. */
export function clairvoyantCost(workload: Workload, setting: Setting): number {
  const { readyAt, serviceSeconds, waitSeconds } = workload;
  const startCost = setting.startSeconds + setting.startCost;
  /** When slots become free, in order. */
  const free: number[] = [];
  let cost = 0;
  for (let job = 0; job < readyAt.length; job++) {
    const [at, service] = [readyAt[job]!, serviceSeconds[job]!];
    forget(free, at - Math.max(startCost, NO_GAP_SECONDS));
    const next = firstAfter(free, at);
    const gap = next > 0 ? at - free[next - 1]! : Number.POSITIVE_INFINITY;
    const hasLate = next < free.length && free[next]! <= at + waitSeconds;
    if (gap <= startCost && (gap <= NO_GAP_SECONDS || !hasLate)) {
      cost += gap + service;
      move(free, next - 1, at + service);
    } else if (hasLate) {
      cost += service;
      move(free, next, free[next]! + service);
    } else {
      cost += startCost + service;
      free.splice(firstAfter(free, at + service), 0, at + service);
    }
  }
  return cost;
}

/** Slots that have been idle for so long that a new one is cheaper. */
function forget(free: number[], before: number): void {
  let gone = 0;
  while (gone < free.length && free[gone]! < before) gone++;
  if (gone > 0) free.splice(0, gone);
}

function firstAfter(sorted: readonly number[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The slot at `index` is free at another, later time. */
function move(free: number[], index: number, at: number): void {
  let place = index;
  while (place + 1 < free.length && free[place + 1]! <= at) {
    free[place] = free[place + 1]!;
    place++;
  }
  free[place] = at;
}
