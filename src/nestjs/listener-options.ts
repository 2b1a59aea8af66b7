/**
 * The options of a listener, sorted: where it listens, and what makes it one of its own. Pure.
 *
 * Listeners of a queue share one `QueueEvents`. One that says from which event on, how long a read may wait or that it
 * starts by hand has its own. What Drover decides for all sockets has no effect and is left out.
 */
import type { QueueEventsOptions } from 'bullmq';
import type { NestQueueEventOptions } from './bull/bull-options.ts';

/** A listener's options. */
export interface ListenerOptions {
  readonly connection: NestQueueEventOptions['connection'];
  readonly prefix: string | undefined;
  readonly own: Pick<QueueEventsOptions, 'autorun' | 'blockingTimeout' | 'lastEventId'> | undefined;
}

const OWN = ['autorun', 'blockingTimeout', 'lastEventId'] as const;

/** Sorts what a decorator has left on a class. */
export function listenerOptionsOf(given: Partial<NestQueueEventOptions>): ListenerOptions {
  const { connection, prefix } = given;
  const own = Object.fromEntries(
    OWN.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  );
  return { connection, prefix, own: Object.keys(own).length > 0 ? own : undefined };
}
