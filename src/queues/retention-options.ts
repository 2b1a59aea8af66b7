/**
 * What a queue's definition says of how long its data is kept, checked. Pure.
 *
 * A state that is given is given as a whole: `{ count: 1000 }` keeps the last thousand however old they are, as BullMQ
 * does. What BullMQ can do by itself at the end of a job it is told (`keepJobsOf`); the rest is swept.
 */
import type { KeepJobs } from 'bullmq';
import { type Duration, parseDuration, parseSize, type Size } from '../base/units.ts';
import { AGES_MS, MOST_EVENT_BYTES, MOST_KEPT } from '../config/ages.ts';
import { CoordinatorError } from '../errors.ts';

/** How many finished jobs are kept, and for how long; whichever is reached first. */
export interface Keep {
  readonly count?: number;
  readonly age?: Duration;
}

/** How long the data of a queue is kept. */
export interface RetentionOptions {
  readonly completed?: Keep;
  readonly failed?: Keep;
  readonly progress?: Duration;
  readonly events?: { readonly count?: number; readonly bytes?: Size };
  readonly maxBytes?: Size;
}

/** What is kept of one state; what is undefined has no end. */
export interface KeptJobs {
  readonly count: number | undefined;
  readonly ageMs: number | undefined;
}

/** `RetentionOptions`, checked and complete. */
export interface RetentionPolicy {
  readonly completed: KeptJobs;
  readonly failed: KeptJobs;
  readonly progressMs: number;
  readonly events: { readonly count: number; readonly bytes: number };
  readonly maxBytes: number | undefined;
}

/** Old jobs that BullMQ removes in the step that ends another: it would hold Redis up with a thousand. */
const MOST_AT_ONCE = 100;
const SHORTEST_MS = 1_000; // BullMQ counts in seconds.
const LONGEST_MS: number = 100 * 365 * 24 * 60 * 60_000;
/** Fewer, and listeners that are a moment behind lose events. */
const FEWEST_EVENTS = 100;
const LEAST_EVENT_BYTES: number = 64 * 1_024;
const LEAST_QUEUE_BYTES: number = 1_024 * 1_024;
const KNOWN = ['completed', 'failed', 'progress', 'events', 'maxBytes'];

/** The policy. Throws `CONFIG_INVALID`. */
export function resolveRetention(queue: string, options: RetentionOptions = {}): RetentionPolicy {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw invalid(queue, '', options, 'write it as { completed: { count: 100, age: "24h" } }');
  checkNames(queue, '', options, KNOWN);
  const events = options.events ?? {};
  checkNames(queue, '.events', events, ['count', 'bytes']);
  return Object.freeze({
    completed: toKept(queue, 'completed', options.completed, {
      ...{ count: MOST_KEPT.completedJobs, ageMs: AGES_MS.completedJobs },
    }),
    failed: toKept(queue, 'failed', options.failed, {
      ...{ count: MOST_KEPT.failedJobs, ageMs: AGES_MS.failedJobs },
    }),
    progressMs: toAge(queue, '.progress', options.progress ?? AGES_MS.progressData),
    events: {
      count: toCount(queue, '.events.count', events.count ?? MOST_KEPT.events, FEWEST_EVENTS),
      bytes: toBytes(queue, '.events.bytes', events.bytes ?? MOST_EVENT_BYTES, LEAST_EVENT_BYTES),
    },
    maxBytes:
      options.maxBytes === undefined
        ? undefined
        : toBytes(queue, '.maxBytes', options.maxBytes, LEAST_QUEUE_BYTES),
  });
}

/** What BullMQ does of it by itself, when a job ends. */
export function keepJobsOf({ count, ageMs }: KeptJobs): KeepJobs {
  if (ageMs === undefined) return { count: count ?? -1 };
  const age = { age: Math.ceil(ageMs / 1_000), limit: MOST_AT_ONCE };
  return count === undefined ? age : { ...age, count };
}

function toKept(queue: string, state: string, keep: Keep | undefined, usual: KeptJobs): KeptJobs {
  if (keep === undefined) return usual;
  checkNames(queue, `.${state}`, keep, ['count', 'age']);
  const { count, age } = keep;
  if (count === undefined && age === undefined)
    throw invalid(queue, `.${state}`, keep, 'give a count, an age or both, or leave it out');
  return {
    count: count === undefined ? undefined : toCount(queue, `.${state}.count`, count, 0),
    ageMs: age === undefined ? undefined : toAge(queue, `.${state}.age`, age),
  };
}

function toAge(queue: string, option: string, age: Duration): number {
  const ms = isUnit(age) ? parseDuration(age) : undefined;
  if (ms !== undefined && ms >= SHORTEST_MS && ms <= LONGEST_MS) return ms;
  const remedy = ms === undefined ? 'write it as "24h" or "7d"' : 'give 1 s to 100 years';
  const keepNone = option.endsWith('.age') && ms === 0 ? '; to keep none, give count: 0' : '';
  throw invalid(queue, option, age, `${remedy}${keepNone}`);
}

function toCount(queue: string, option: string, count: number, fewest: number): number {
  if (Number.isSafeInteger(count) && count >= fewest) return count;
  throw invalid(queue, option, count, `give a whole number from ${fewest} on`);
}

function toBytes(queue: string, option: string, size: Size, least: number): number {
  const bytes = isUnit(size) ? parseSize(size) : undefined;
  if (bytes !== undefined && bytes >= least && Number.isSafeInteger(Math.round(bytes)))
    return Math.round(bytes);
  throw invalid(queue, option, size, `give at least ${least / 1_024}kb, as bytes or as "64mb"`);
}

function isUnit(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}

function checkNames(queue: string, where: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null)
    throw invalid(queue, where, given, `give an object of ${known.join(', ')}`);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(
    queue,
    `${where}.${unknown}`,
    (given as Record<string, unknown>)[unknown],
    `there is no such option, only ${known.join(', ')}`,
  );
}

function invalid(queue: string, option: string, value: unknown, remedy: string): CoordinatorError {
  const got = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return new CoordinatorError(
    'CONFIG_INVALID',
    `retention${option} of queue "${queue}" cannot be used: got ${got}, ${remedy}`,
  );
}
