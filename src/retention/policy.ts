/**
 * What of a queue has to go: the decider of the sweep. Pure.
 *
 * From one look at the queue, told by the server's clock: first what is more than the number that is kept, then what is
 * too old, and only when neither is left what is above the budget in bytes, the oldest completed jobs before the oldest
 * failed ones. Nothing else is ever in a plan: jobs that wait, run or are delayed do not appear here. A job that says
 * `removeOnComplete: false` itself stays, and is not counted. A failed job whose dead letter may not be written yet stays
 * until it is.
 *
 * Bytes are an estimate, and what goes does not come back: nothing goes while chance alone may have put the estimate
 * above the budget, and only a small part of a state goes on one look.
 */
import type { KeptJobs, RetentionPolicy } from '../queues/retention-options.ts';

/** States of jobs that go away, in the order in which they go. */
export const FINISHED = ['completed', 'failed'] as const;
export type FinishedState = (typeof FINISHED)[number];

/** The finished jobs of one state. */
export interface StateLook {
  readonly count: number;
  /** How many at the old end are known to stay, since they say so themselves. */
  readonly staying: number;
  /** When the oldest of the others ended; null when there is none. */
  readonly oldestAt: number | null;
  /** Those that ended after this do not go yet, epoch ms. */
  readonly until: number;
  /** Bytes of one; 0 when they were not measured. */
  readonly jobBytes: number;
}

/** A queue at one moment. */
export interface QueueLook extends Readonly<Record<FinishedState, StateLook>> {
  /** Epoch ms on the server. */
  readonly now: number;
  /** Bytes of the whole queue; null when they were not measured. */
  readonly used: {
    readonly bytes: number;
    /** Two of three estimates are off by less; null when that is not known. */
    readonly standardErrorBytes: number | null;
  } | null;
  readonly events: { readonly count: number; readonly bytes: number };
}

/** Jobs that go, oldest first. */
export interface Removal {
  readonly state: FinishedState;
  readonly why: 'count' | 'age' | 'bytes';
  /** Only those that ended before this, epoch ms; null: whenever they did. */
  readonly before: number | null;
  /** So many stay in any case, beside those that say so themselves. */
  readonly keep: number;
  /** Not more than so many. */
  readonly most: number;
}

/** What has to be done. */
export interface RetentionPlan {
  readonly removals: readonly Removal[];
  /** Length to which the events stream is cut; null when it is in order. */
  readonly keepEvents: number | null;
  /** Bytes above the budget that finished jobs cannot free. */
  readonly overBytes: number;
}

/** No job ends after this. */
export const EVER: number = Number.MAX_SAFE_INTEGER;

/** An estimate is off by more than so many of its standard errors once in forty times, and only upwards does harm. */
const SURE_ERRORS = 2;
/** Of the jobs of a state, what goes for its bytes before they are estimated anew. */
const PART_FOR_BYTES = 0.05;
/** BullMQ cuts its stream by whole nodes, so a little more is in order. */
const EVENTS_SLACK = 1.2;
/** A stream above its bytes is cut to this part of them, so that it is not cut again at once. */
const EVENTS_ROOM = 0.9;

/** Decides. */
export function planRetention(look: QueueLook, policy: RetentionPolicy): RetentionPlan {
  const byRule = FINISHED.flatMap((state) => removalsOf(state, look, policy[state]));
  const budget = planBudget(look, policy.maxBytes);
  return {
    removals: byRule.length > 0 ? byRule : budget.removals,
    keepEvents: eventsToKeep(look.events, policy.events),
    overBytes: byRule.length > 0 ? 0 : budget.overBytes,
  };
}

function removalsOf(state: FinishedState, look: QueueLook, kept: KeptJobs): Removal[] {
  const { count, staying, oldestAt, until } = look[state];
  if (oldestAt === null || oldestAt > until) return [];
  const removals: Removal[] = [];
  const tooMany = kept.count === undefined ? 0 : count - staying - kept.count;
  if (tooMany > 0)
    removals.push({
      ...{ state, why: 'count', before: endOf(until), most: tooMany, keep: kept.count! },
    });
  const before = kept.ageMs === undefined ? null : Math.min(look.now - kept.ageMs, until + 1);
  if (before !== null && oldestAt < before)
    removals.push({ state, why: 'age', before, keep: 0, most: count });
  return removals;
}

function planBudget(
  look: QueueLook,
  maxBytes: number | undefined,
): { readonly removals: Removal[]; readonly overBytes: number } {
  let overBytes = bytesAbove(look.used, maxBytes);
  const removals: Removal[] = [];
  for (const state of FINISHED) {
    const { count, staying, jobBytes, oldestAt, until } = look[state];
    if (overBytes <= 0 || count <= staying || jobBytes <= 0) continue;
    const able = Math.min(count - staying, Math.ceil(overBytes / jobBytes));
    const most = Math.min(able, Math.ceil(count * PART_FOR_BYTES));
    const mayGo = oldestAt !== null && oldestAt <= until;
    if (removals.length === 0 && mayGo)
      removals.push({ state, why: 'bytes', before: endOf(until), keep: 0, most });
    overBytes = Math.max(0, overBytes - able * jobBytes);
  }
  return { removals, overBytes };
}

/** 0 also when it may be chance that it looks like more. */
function bytesAbove(used: QueueLook['used'], maxBytes: number | undefined): number {
  if (!used || used.standardErrorBytes === null || maxBytes === undefined) return 0;
  const isSure = used.bytes - SURE_ERRORS * used.standardErrorBytes > maxBytes;
  return isSure ? used.bytes - maxBytes : 0;
}

function endOf(until: number): number | null {
  return until === EVER ? null : until + 1;
}

function eventsToKeep(
  { count, bytes }: QueueLook['events'],
  kept: RetentionPolicy['events'],
): number | null {
  const byBytes =
    bytes > kept.bytes ? Math.floor(((count * kept.bytes) / bytes) * EVENTS_ROOM) : count;
  const byCount = count > kept.count * EVENTS_SLACK ? kept.count : count;
  const keep = Math.min(byBytes, byCount);
  return keep < count ? keep : null;
}
