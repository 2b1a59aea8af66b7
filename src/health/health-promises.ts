/**
 * What a queue's definition promises, left in Redis for a leader that does not know the definition. Pure.
 *
 * A process that names a queue without defining it promises nothing, and must not take back what another has
 * promised: so a promise is never removed, it grows old. Every process that knows it renews it.
 */
import type { HealthLimits, Objectives, QueueDefinition } from '../queues/define-queue.ts';

/** Objectives and limits of one queue. */
export interface HealthPromises {
  readonly objectives: Objectives;
  readonly limits: HealthLimits;
}

/** A promise is renewed after this, by whoever notices first. */
const RENEW_AFTER_MS = 60_000;
/** And not believed any more after this. */
const KEPT_MS = 15 * 60_000;

/** What a definition promises; null when that is nothing. */
export function promisesOf({
  objectives,
  health: limits,
}: Pick<QueueDefinition, 'objectives' | 'health'>): HealthPromises | null {
  return saysAnything({ objectives, limits }) ? { objectives, limits } : null;
}

/** Whether there is anything in it. */
export function saysAnything(promises: {
  readonly objectives: Objectives | null;
  readonly limits: HealthLimits | null;
}): boolean {
  const values = [promises.objectives, promises.limits].flatMap((part) =>
    Object.values(part ?? {}),
  );
  return values.some((value) => value !== undefined);
}

/** The text that is kept. */
export function writePromises(promises: HealthPromises, now: number): string {
  return JSON.stringify({ at: now, ...promises });
}

/** What a kept text says; null when it says nothing, or said it long ago. */
export function parsePromises(text: string | undefined, now: number): HealthPromises | null {
  const kept = parse(text);
  if (!kept || now - kept.at > KEPT_MS) return null;
  const { waitP95Ms, errorRatio } = kept.objectives ?? {};
  const { stuckAfterMs, degradedErrorRatio, unhealthyErrorRatio } = kept.limits ?? {};
  return {
    objectives: { waitP95Ms, errorRatio },
    limits: { stuckAfterMs, degradedErrorRatio, unhealthyErrorRatio },
  };
}

/** Whether the kept text should be written anew. */
export function isOutdated(
  text: string | undefined,
  promises: HealthPromises,
  now: number,
): boolean {
  const kept = parse(text);
  if (!kept || Math.abs(now - kept.at) > RENEW_AFTER_MS) return true;
  return writePromises(promises, kept.at) !== text;
}

function parse(text: string | undefined): ({ at: number } & Partial<HealthPromises>) | null {
  try {
    const kept = JSON.parse(text ?? 'null');
    return typeof kept?.at === 'number' ? kept : null;
  } catch {
    return null;
  }
}
