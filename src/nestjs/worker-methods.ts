/**
 * Which methods of a consumer hear what of its worker. Pure.
 */
import type { WorkerListener } from 'bullmq';
import { closest } from '../base/closest.ts';
import { METADATA, metadataOf, type WorkerEventMetadata } from './consumer-metadata.ts';
import { nestError } from './nest-error.ts';
import { methodsOf, type ProviderClass } from './provider-class.ts';

/** A method with `@OnWorkerEvent` or `@OnDeadLetter`, or both. */
export interface WorkerMethod {
  readonly name: string;
  readonly event: keyof WorkerListener | undefined;
  /** Whether it is told of the jobs that fail for good. */
  readonly isForDead: boolean;
}

const EVENTS: readonly string[] = Object.keys({
  ...{ active: true, closed: true, closing: true, completed: true, drained: true, error: true },
  ...{ failed: true, lockRenewalFailed: true, locksRenewed: true, paused: true, progress: true },
  ...{ ready: true, resumed: true, stalled: true, 'ioredis:close': true },
} satisfies Record<keyof WorkerListener, true>);

/** Throws CONFIG_INVALID, which names `where`, for a mistyped event. */
export function workerMethodsOf(type: ProviderClass, where: string): readonly WorkerMethod[] {
  return methodsOf(type).flatMap(({ name, method }) => {
    const event = metadataOf<WorkerEventMetadata>(METADATA.workerEvent, method)?.eventName;
    const isForDead = metadataOf<boolean>(METADATA.deadLetter, method) ?? false;
    if (event !== undefined) checkEvent(event, where);
    return event !== undefined || isForDead ? [{ name, event, isForDead }] : [];
  });
}

/** Names that are near none of these pass: a later BullMQ may have events that are not known here. */
function checkEvent(event: string, where: string): void {
  const meant = EVENTS.includes(event) ? undefined : closest(event, EVENTS);
  if (meant === undefined) return;
  throw nestError(
    where,
    `@OnWorkerEvent("${event}"): workers have no such event: did you mean "${meant}"?`,
  );
}
