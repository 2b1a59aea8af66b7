/**
 * What a health check says of Redis and of queues: up, degraded or down, and why in a few words. Pure.
 *
 * A queue that was paused is up: that is a wish. One that nobody has judged yet is up, too.
 */
import type { QueueHealthView, RedisHealthView } from '../../operations/views.ts';
import type { QueueStatus } from '../../queues/queue-status.ts';

/** What trouble is. */
export type Trouble = 'down' | 'degraded';

/** One entry of a health check. */
export interface Finding {
  readonly status: 'up' | Trouble;
  /** What is wrong. */
  readonly message?: string;
  /** Since when, epoch ms. */
  readonly since?: number;
  /** How many queues were looked at. */
  readonly queues?: number;
  /** Queues that are not well → how they are. */
  readonly troubled?: Readonly<Record<string, string>>;
}

/** A check is read by people and kept by monitors. */
const MOST_TOLD = 10;
const HURTS: readonly QueueStatus[] = ['stuck', 'unhealthy', 'no-workers'];

/** Judges Redis. */
export function judgeRedis(health: RedisHealthView, whenDown: Trouble): Finding {
  const { status, since, redis } = health;
  if (status === 'healthy') return { status: 'up', since };
  if (status === 'disabled')
    return { status: 'degraded', message: 'No Redis is configured', since };
  return { status: whenDown, message: redis.error ?? 'Redis does not serve', since };
}

/** Judges queues. @param wanted their names, as the application says them, and their labels */
export function judgeQueues(
  report: QueueHealthView,
  wanted: readonly { readonly name: string; readonly label: string }[],
  whenDown: Trouble,
): Finding {
  const queues = wanted.length;
  if (report.status === 'disabled')
    return { status: 'degraded', message: 'No Redis is configured', queues };
  if (report.status === 'unhealthy') {
    const why = report.redis.error ?? 'Redis does not serve';
    const message = `${why}. Jobs are refused, kept or waited for, as \`whenDown\` says`;
    return { status: whenDown, message, queues };
  }
  const health = new Map(report.queues.map((each) => [each.queue, each.health]));
  const unwell = wanted.flatMap(({ name, label }) => {
    const found = health.get(label);
    if (!found || found.status === 'healthy' || found.status === 'paused') return [];
    const { status, reasons } = found;
    return [{ name, status, text: [status, reasons[0]?.message].filter(Boolean).join(': ') }];
  });
  if (unwell.length === 0) return { status: 'up', queues };
  const told = unwell.slice(0, MOST_TOLD).map(({ name, text }) => [name, text] as const);
  return {
    status: unwell.some(({ status }) => HURTS.includes(status)) ? whenDown : 'degraded',
    ...(unwell.length > MOST_TOLD && { message: `${unwell.length} queues are not well` }),
    queues,
    troubled: Object.fromEntries(told),
  };
}
