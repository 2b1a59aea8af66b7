/**
 * What changes slowly of a queue: its verdict, its pool, its oldest job, what ended lately. Pure.
 *
 * What the leader of a fleet has worked out wins; where there is none, the jobs that are still kept tell, as far as they
 * do. Nothing is made up: what cannot be known is null.
 */
import { parseHealthHash } from '../../health/health-hash.ts';
import { NO_TREND, parseTrend, type Trend } from '../../health/trend.ts';
import { POOL_SIZE_FIELDS, toPoolSize } from '../../pools/read-pools.ts';
import type { OverviewRow } from './live-views.ts';

/** Of a row, what is not looked at every second. */
export interface SlowFigures
  extends Pick<
    OverviewRow,
    | 'oldestWaitingAt'
    | 'throughputPerMinute'
    | 'errorRatio'
    | 'health'
    | 'reasons'
    | 'healthSince'
    | 'waitP95Ms'
    | 'waitObjectiveMs'
    | 'deadLetters'
    | 'pool'
    | 'trend'
  > {
  /** Whether the fleet's leader has worked the throughput out; else it is told by the jobs that are kept. */
  readonly isJudged: boolean;
}

/** What Redis says of it, as a script returns it. */
export interface SlowReply {
  /** Epoch ms; 0: none waits. */
  readonly oldestWaitingAt: number;
  readonly completed: number;
  readonly failed: number;
  /** Of these, what ended in the last minute. */
  readonly completedLately: number;
  readonly failedLately: number;
  /** Values of `HEALTH_FIELDS` and `POOL_SIZE_FIELDS`; null: there are none, or they may not be read. */
  readonly health: readonly (string | null)[] | null;
  readonly pool: readonly (string | null)[] | null;
  readonly deadLetters: number | null;
  /** Jobs that ended in each of the minutes that were asked for; empty where the leader tells. */
  readonly minutes: Trend;
}

/** Fields of the hash of a verdict that are looked at. The first tells whether the leader counted the minutes. */
export const HEALTH_FIELDS: readonly string[] = [
  ...['trend', 'lastCheck', 'status', 'reasons', 'since'],
  ...['errorRate', 'throughputPerMinute', 'waitP95Ms', 'waitObjectiveMs'],
];

/** Before the first look. */
export const UNKNOWN: SlowFigures = {
  ...{ oldestWaitingAt: null, throughputPerMinute: null, isJudged: false, errorRatio: null },
  ...{ health: null, reasons: [], healthSince: null, waitP95Ms: null, waitObjectiveMs: null },
  ...{ deadLetters: null, pool: null, trend: NO_TREND },
};

/** The figures. @param counted what was counted of each minute where no leader tells */
export function toSlowFigures(reply: SlowReply, counted: OverviewRow['trend']): SlowFigures {
  const { oldestWaitingAt, completed, failed, completedLately, failedLately } = reply;
  const hash = named(HEALTH_FIELDS, reply.health);
  const verdict = parseHealthHash(hash);
  const size = toPoolSize(named(POOL_SIZE_FIELDS, reply.pool));
  // Jobs of before this minute are still there: none of the minute have been removed to make room.
  const isKept = completed > completedLately;
  const derived = isKept ? completedLately + failedLately : null;
  const measured = verdict?.throughputPerMinute ?? null;
  const isWell = (verdict?.status ?? 'healthy') === 'healthy';
  return {
    oldestWaitingAt: oldestWaitingAt === 0 ? null : oldestWaitingAt,
    throughputPerMinute: measured ?? derived,
    isJudged: measured !== null,
    errorRatio: verdict?.errorRate ?? (derived && failed > 0 ? failedLately / derived : null),
    health: verdict?.status ?? null,
    reasons: isWell ? [] : verdict!.reasons.map(({ message }) => message),
    healthSince: verdict?.since ?? null,
    waitP95Ms: verdict?.waitP95Ms ?? null,
    waitObjectiveMs: verdict?.waitObjectiveMs ?? size?.settings?.waitP95Ms ?? null,
    deadLetters: reply.deadLetters,
    pool: size ? toPool(size) : null,
    trend: parseTrend(hash.trend) ?? counted,
  };
}

function toPool({
  current,
  target,
  min,
  max,
  frozenFor,
}: NonNullable<OverviewRow['pool']>): OverviewRow['pool'] {
  return { current, target, min, max, frozenFor };
}

function named(
  names: readonly string[],
  values: readonly (string | null)[] | null,
): Partial<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name, i) => {
      const value = values?.[i];
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}
