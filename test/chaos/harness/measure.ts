/**
 * From ledger, books and vital signs to figures. Pure: it looks at what is over and judges nothing.
 */
import type { Books } from './books.ts';
import type { Member } from './member.ts';
import type { Figures } from './outcome.ts';
import type { Stage } from './stage.ts';
import { largest, percentile } from './statistics.ts';

/** When what happened, in the machine's monotonic clock. */
export interface Times {
  readonly faultAtMs: number;
  readonly healedAtMs: number;
}

/** All figures of a run. */
export function measure({ ledger, fleet, noise }: Stage, books: Books, times: Times): Figures {
  const { effects } = ledger;
  const open = new Set([...books.active, ...books.waiting, ...books.waitingChildren]);
  const isLost = (id: string): boolean =>
    !effects.has(id) && !books.failed.has(id) && !open.has(id);
  const resumed = ledger.started.find(({ atMs }) => atMs > times.healedAtMs);
  return {
    sent: ledger.sent.length,
    accepted: ledger.accepted.length,
    refused: ledger.refused.size,
    unknown: ledger.unknown.size,
    pending: ledger.pending,
    repeats: ledger.repeats,
    lost: ledger.accepted.filter(isLost).length,
    failed: books.failed.size,
    stuck: open.size,
    resumeMs: resumed ? Math.round(resumed.atMs - times.healedAtMs) : null,
    gapMs: longestGap(ledger.ended.map(({ atMs }) => atMs)),
    slowestAddMs: Math.round(largest(ledger.answerMs)),
    errorsPerSecond: largest(fleet.members.map((member) => rateOf('errors', member, times))),
    logLinesPerSecond: largest(fleet.members.map((member) => rateOf('logLines', member, times))),
    httpP99Ms: Math.round(
      percentile(
        fleet.members.flatMap(({ httpMs }) => httpMs),
        0.99,
      ),
    ),
    memoryGrowthMb: largest(fleet.members.map((member) => memoryGrowth(member, times))),
    noiseMs: noise.p99Ms,
  };
}

/** Jobs that could be running when the fault came. */
export function slotsOf({ setup }: Stage): number {
  return setup.workers * setup.concurrency;
}

/** Workers that live and have started nothing since a moment. */
export function idleSince({ fleet, ledger }: Stage, sinceMs: number): string[] {
  return fleet.live
    .map(({ name }) => name)
    .filter((name) => !ledger.started.some(({ by, atMs }) => by === name && atMs > sinceMs));
}

function longestGap(timesMs: readonly number[]): number {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return Math.round(largest(sorted.map((at, i) => at - (sorted[i - 1] ?? at))));
}

function rateOf(
  what: 'errors' | 'logLines',
  { vitals }: Member,
  { faultAtMs, healedAtMs }: Times,
): number {
  const before = vitals.findLast(({ atMs }) => atMs <= faultAtMs)?.[what] ?? 0;
  const during = vitals.findLast(({ atMs }) => atMs <= healedAtMs)?.[what] ?? before;
  const seconds = Math.max(1, (healedAtMs - faultAtMs) / 1_000);
  return Number((Math.max(0, during - before) / seconds).toFixed(1));
}

function memoryGrowth({ vitals }: Member, { faultAtMs }: Times): number {
  const before = vitals.findLast(({ atMs }) => atMs <= faultAtMs) ?? vitals[0];
  const last = vitals.at(-1);
  return before && last ? Math.max(0, last.memoryMb - before.memoryMb) : 0;
}
