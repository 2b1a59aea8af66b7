/**
 * How a queue is kept, as its processes leave it in Redis for a leader that may not know its definition. Pure.
 *
 * Each policy is a field of its own, whose value says when a process last had it, on the server's clock. So two versions
 * of a definition stand side by side while both run, and then whatever is kept longer counts: what is gone is gone, what
 * is kept too long goes later. A policy that nobody has any more stops counting; the last one counts on. One that cannot
 * be read may keep longer than all others: while it counts, nobody knows what may go.
 */
import type { KeptJobs, RetentionPolicy } from '../queues/retention-options.ts';

/** A policy is said again once a minute; without that it stops counting beside a newer one after this. */
export const SAID_FOR_MS: number = 15 * 60_000;
/** Queues of which nobody says any more how they are kept are not swept after this. */
export const KNOWN_FOR_MS: number = 7 * 24 * 60 * 60_000;
const FIELD = 'policy ';

/** The field that a policy is. */
export function policyField(policy: RetentionPolicy): string {
  return FIELD + JSON.stringify(policy);
}

/** What counts now. */
export interface CurrentPolicy {
  /** Null when there is nothing that can be read. */
  readonly policy: RetentionPolicy | null;
  /** Something counts that cannot be read: another version of Drover has said it. */
  readonly isUnclear: boolean;
  /** Fields that say nothing any more. */
  readonly stale: readonly string[];
}

/** From the hash of a queue. */
export function currentPolicy(hash: Readonly<Record<string, string>>): CurrentPolicy {
  const said = Object.entries(hash)
    .filter(([field]) => field.startsWith(FIELD))
    .map(([field, at]) => ({ field, policy: parsePolicy(field), at: Number(at) }));
  const last = Math.max(...said.map(({ at }) => at));
  const isCurrent = ({ at }: { readonly at: number }): boolean => at >= last - SAID_FOR_MS;
  const current = said.filter(isCurrent).map(({ policy }) => policy);
  const read = current.filter((policy) => policy !== undefined);
  return {
    policy: read.length === 0 ? null : read.reduce(longest),
    isUnclear: read.length < current.length,
    stale: said.filter((each) => !isCurrent(each)).map(({ field }) => field),
  };
}

/** Of each kind of data, what is kept longer. */
export function longest(one: RetentionPolicy, other: RetentionPolicy): RetentionPolicy {
  return {
    completed: longestKept(one.completed, other.completed),
    failed: longestKept(one.failed, other.failed),
    progressMs: Math.max(one.progressMs, other.progressMs),
    events: {
      count: Math.max(one.events.count, other.events.count),
      bytes: Math.max(one.events.bytes, other.events.bytes),
    },
    maxBytes: most(one.maxBytes, other.maxBytes),
  };
}

function longestKept(one: KeptJobs, other: KeptJobs): KeptJobs {
  return { count: most(one.count, other.count), ageMs: most(one.ageMs, other.ageMs) };
}

/** The greater; undefined is without end. */
function most(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}

/** Undefined for one that this version cannot read. */
function parsePolicy(field: string): RetentionPolicy | undefined {
  try {
    const { completed, failed, progressMs, events, maxBytes } = JSON.parse(
      field.slice(FIELD.length),
    );
    const policy = {
      completed: toKept(completed),
      failed: toKept(failed),
      progressMs: toNumber(progressMs),
      events: { count: toNumber(events.count), bytes: toNumber(events.bytes) },
      maxBytes: maxBytes === undefined ? undefined : toNumber(maxBytes),
    };
    return policy;
  } catch {
    return undefined;
  }
}

function toKept({ count, ageMs }: KeptJobs): KeptJobs {
  return {
    count: count === undefined ? undefined : toNumber(count),
    ageMs: ageMs === undefined ? undefined : toNumber(ageMs),
  };
}

function toNumber(value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new TypeError(`no number: ${String(value)}`);
}
