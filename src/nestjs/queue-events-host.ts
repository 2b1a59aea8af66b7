/**
 * What classes that listen to a queue may extend, as in `@nestjs/bullmq`: it gives them the listener.
 */
import type { QueueEvents } from 'bullmq';

/** The property that holds it; hosts of `@nestjs/bullmq` have it, too. */
export const QUEUE_EVENTS_PROPERTY = '_queueEvents';

/** Listens to the events of a queue in methods with `@OnQueueEvent`. */
export abstract class QueueEventsHost {
  /** BullMQ's own `QueueEvents`, shared by all listeners of the queue. Throws before `onApplicationBootstrap`. */
  get queueEvents(): QueueEvents {
    const events = (this as unknown as Record<string, unknown>)[QUEUE_EVENTS_PROPERTY];
    if (events) return events as QueueEvents;
    throw new Error(
      `"QueueEvents" class has not yet been initialized: ${this.constructor.name} has it from "onApplicationBootstrap" on, or after "BullRegistrar.register()" with "manualRegistration"`,
    );
  }
}
