/**
 * A queue's verdict as it is kept in Redis, where every process and any other program reads the same. Pure.
 *
 * `lastCheck`, `status`, `errorRate` and `avgProcessingTime` are the specification's. All values are text; what
 * is not known has no field. What another version or another hand has written is read as far as it makes sense.
 */

import { QUEUE_STATUSES, type QueueStatus } from '../queues/queue-status.ts';
import type { BurnRates } from './burn-rate.ts';
import type { HealthReason, QueueVerdict } from './queue-verdict.ts';
import { type Trend, writeTrend } from './trend.ts';

/** A verdict, when it was reached, and since when the status has been the same; epoch ms. */
export interface QueueHealth extends Omit<QueueVerdict, 'queue'> {
  readonly checkedAt: number;
  readonly since: number;
}

/** How long a verdict is kept. */
export const HEALTH_TTL_MS: number = 5 * 60_000;

/** The hash: the fields that are written, and those that must not stay from before. */
export function toHealthHash(
  verdict: QueueVerdict,
  checkedAt: number,
  since: number,
  trend: Trend,
): { readonly fields: Readonly<Record<string, string>>; readonly absent: readonly string[] } {
  const { status, reasons, burn } = verdict;
  const all: Record<string, string | null> = {
    lastCheck: String(checkedAt),
    status,
    errorRate: toText(verdict.errorRate),
    avgProcessingTime: toText(verdict.avgProcessingTimeMs),
    reasons: JSON.stringify(reasons),
    since: String(since),
    oldestWaitingMs: toText(verdict.oldestWaitingMs),
    waitP95Ms: toText(verdict.waitP95Ms),
    waitObjectiveMs: toText(verdict.waitObjectiveMs),
    throughputPerMinute: toText(verdict.throughputPerMinute),
    arrivalsPerMinute: toText(verdict.arrivalsPerMinute),
    drainMs: toText(verdict.drainMs),
    burn: burn.errors || burn.wait ? JSON.stringify(burn) : null,
    trend: writeTrend(trend),
  };
  const entries = Object.entries(all);
  return {
    fields: Object.fromEntries(
      entries.filter((entry): entry is [string, string] => entry[1] !== null),
    ),
    absent: entries.filter(([, value]) => value === null).map(([name]) => name),
  };
}

/** What a hash says; null when it holds no verdict. */
export function parseHealthHash(
  hash: Readonly<Partial<Record<string, string>>>,
): QueueHealth | null {
  const number = (name: string): number | null => {
    const value = hash[name] ? Number(hash[name]) : Number.NaN;
    return Number.isFinite(value) ? value : null;
  };
  const checkedAt = number('lastCheck');
  const { status } = hash;
  if (
    checkedAt === null ||
    status === undefined ||
    !(QUEUE_STATUSES as readonly string[]).includes(status)
  )
    return null;
  return {
    status: status as QueueStatus,
    reasons: parseReasons(hash.reasons),
    errorRate: number('errorRate'),
    avgProcessingTimeMs: number('avgProcessingTime'),
    oldestWaitingMs: number('oldestWaitingMs'),
    waitP95Ms: number('waitP95Ms'),
    waitObjectiveMs: number('waitObjectiveMs'),
    throughputPerMinute: number('throughputPerMinute'),
    arrivalsPerMinute: number('arrivalsPerMinute'),
    drainMs: number('drainMs'),
    burn: (parseJson(hash.burn) as {
      errors: BurnRates | null;
      wait: BurnRates | null;
    } | null) ?? { errors: null, wait: null },
    checkedAt,
    since: number('since') ?? checkedAt,
  };
}

/** Four digits are enough, and nothing is rounded to 0. */
function toText(value: number | null): string | null {
  if (value === null) return null;
  return String(value >= 1_000 ? Math.round(value) : Number(value.toPrecision(4)));
}

function parseReasons(text: string | undefined): readonly HealthReason[] {
  const stored = parseJson(text);
  return Array.isArray(stored) ? stored.filter((each) => typeof each?.message === 'string') : [];
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
