/**
 * Dead letters of one cause: the group that their fingerprint names. Pure.
 *
 * In Redis each queue has its own part of a group, `keys.group(queue, fingerprint)`, so that a failure stays one
 * step in one slot; readers get the parts merged over the queues.
 */
import { type Hash, numberOf, oneOf } from './dead-letter.ts';

/** open: new or reopened · resolved: mended, says somebody · ignored · regressed: came back after resolved. */
export type GroupState = 'open' | 'resolved' | 'ignored' | 'regressed';

/** How often something was counted, most first. */
export type Tally = readonly { readonly name: string; readonly count: number }[];

/** What one queue has of a group. */
export interface GroupPart {
  readonly queue: string;
  readonly fingerprint: string;
  readonly type: string;
  readonly message: string;
  readonly frames: readonly string[];
  /** Id of the newest job of the group. */
  readonly sample: string;
  /** Deaths, not jobs: an id that dies twice counts twice. */
  readonly count: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly state: GroupState;
  /** When the state was entered, epoch ms; 0 when nobody has ever set one. */
  readonly stateSince: number;
  /** Who set the state; '' when nobody did. */
  readonly stateBy: string;
  readonly jobNames: Tally;
  readonly versions: Tally;
  /** Hour number (epoch hours) → deaths. */
  readonly hours: ReadonlyMap<number, number>;
}

/** A group over all queues. */
export interface FailureGroup extends Omit<GroupPart, 'queue' | 'hours'> {
  /** Queue → deaths. */
  readonly queues: Tally;
  /** Queue of `sample`. */
  readonly sampleQueue: string;
  /** Deaths in each of the last 24 hours, oldest first; the last one is the running hour. */
  readonly sparkline: readonly number[];
}

const HOUR_MS = 60 * 60_000;
const SPARKLINE_HOURS = 24;

/** The part of a group in a hash; undefined when there is none. */
export function parseGroupPart(
  queue: string,
  fingerprint: string,
  hash: Hash,
): GroupPart | undefined {
  if (hash.count === undefined) return undefined;
  return {
    ...{ queue, fingerprint },
    type: hash.type ?? '',
    message: hash.message ?? '',
    frames: (hash.frames ?? '').split('\n').filter(Boolean),
    sample: hash.sample ?? '',
    count: numberOf(hash.count, 0),
    firstSeen: numberOf(hash.firstSeen, 0),
    lastSeen: numberOf(hash.lastSeen, 0),
    state: oneOf(hash.state, ['open', 'resolved', 'ignored', 'regressed']),
    stateSince: numberOf(hash.stateSince, 0),
    stateBy: hash.stateBy ?? '',
    jobNames: tallyOf(hash, 'n:'),
    versions: tallyOf(hash, 'v:'),
    hours: hoursOf(hash),
  };
}

/**
 * The groups of many queues' parts, last seen first.
 *
 * A state is set on all queues at once; where they differ the newest decides. A queue that meets the cause for
 * the first time knows nothing of the others: what was resolved and is seen anywhere since is regressed.
 */
export function mergeGroups(parts: readonly GroupPart[], now: number): FailureGroup[] {
  const byFingerprint = new Map<string, GroupPart[]>();
  for (const part of parts) {
    const same = byFingerprint.get(part.fingerprint);
    if (same) same.push(part);
    else byFingerprint.set(part.fingerprint, [part]);
  }
  return [...byFingerprint.values()]
    .map((same) => merge(same, now))
    .sort((a, b) => b.lastSeen - a.lastSeen || compare(a.fingerprint, b.fingerprint));
}

function merge(parts: readonly GroupPart[], now: number): FailureGroup {
  const newest = best(parts, (part) => part.lastSeen);
  const decided = best(parts, (part) => part.stateSince);
  const isBack = decided.state === 'resolved' && newest.lastSeen > decided.stateSince;
  const hour = Math.floor(now / HOUR_MS);
  return {
    fingerprint: newest.fingerprint,
    type: newest.type,
    message: newest.message,
    frames: newest.frames,
    sample: newest.sample,
    sampleQueue: newest.queue,
    count: sum(parts.map(({ count }) => count)),
    firstSeen: Math.min(...parts.map(({ firstSeen }) => firstSeen)),
    lastSeen: newest.lastSeen,
    state: isBack ? 'regressed' : decided.state,
    stateSince: isBack ? newest.lastSeen : decided.stateSince,
    stateBy: isBack ? '' : decided.stateBy,
    queues: sorted(new Map(parts.map(({ queue, count }) => [queue, count]))),
    jobNames: mergeTallies(parts.map(({ jobNames }) => jobNames)),
    versions: mergeTallies(parts.map(({ versions }) => versions)),
    sparkline: Array.from({ length: SPARKLINE_HOURS }, (_, i) =>
      sum(parts.map(({ hours }) => hours.get(hour - SPARKLINE_HOURS + 1 + i) ?? 0)),
    ),
  };
}

function mergeTallies(tallies: readonly Tally[]): Tally {
  const counts = new Map<string, number>();
  for (const { name, count } of tallies.flat()) counts.set(name, (counts.get(name) ?? 0) + count);
  return sorted(counts);
}

function tallyOf(hash: Hash, prefix: string): Tally {
  const fields = Object.entries(hash).filter(([field]) => field.startsWith(prefix));
  return sorted(
    new Map(fields.map(([field, count]) => [field.slice(prefix.length), numberOf(count, 0)])),
  );
}

function hoursOf(hash: Hash): ReadonlyMap<number, number> {
  const fields = Object.entries(hash).filter(([field]) => field.startsWith('h:'));
  return new Map(fields.map(([field, count]) => [Number(field.slice(2)), numberOf(count, 0)]));
}

function sorted(counts: ReadonlyMap<string, number>): Tally {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || compare(a.name, b.name));
}

function best(parts: readonly GroupPart[], of: (part: GroupPart) => number): GroupPart {
  return parts.reduce((a, b) => (of(b) > of(a) ? b : a));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
