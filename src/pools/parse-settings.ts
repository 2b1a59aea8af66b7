/**
 * Reads the settings of a pool as a process has left them for the leader.
 *
 * Pure. Settings that this version cannot use are undefined, and the pool is left as it is: a wrong number must never
 * become a target.
 */
import type { PoolFloor, PoolSettings } from '../workers/pool-settings.ts';

const COUNTS = ['min', 'max', 'perHostMax', 'concurrency'] as const;
const MEASURES = ['waitP95Ms', 'weight', 'idleAfterMs', 'startMs'] as const;

/** The settings, or undefined. */
export function parseSettings(text: string): PoolSettings | undefined {
  let stored: Record<string, unknown>;
  try {
    stored = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof stored !== 'object' || stored === null) return undefined;
  const isUsable =
    COUNTS.every((name) => Number.isSafeInteger(stored[name]) && (stored[name] as number) >= 0) &&
    MEASURES.every((name) => Number.isFinite(stored[name]) && (stored[name] as number) >= 0) &&
    (stored.min as number) <= (stored.max as number) &&
    ['auto', 'recommend', 'off'].includes(stored.mode as string) &&
    ['off', 'advise', 'enforce'].includes(stored.efficacy as string);
  if (!isUsable) return undefined;
  const schedule = Array.isArray(stored.schedule) ? stored.schedule.filter(isFloor) : [];
  return { ...(stored as unknown as PoolSettings), schedule };
}

function isFloor(value: unknown): value is PoolFloor {
  if (typeof value !== 'object' || value === null) return false;
  const { cron, timeZone, forMs, min } = value as Record<string, unknown>;
  const isText = typeof cron === 'string' && typeof timeZone === 'string';
  return isText && Number.isFinite(forMs) && Number.isSafeInteger(min);
}
