/**
 * The worker options of a consumer, sorted: how its jobs are run, and where. Pure.
 *
 * `connection` and `prefix` name the place; a consumer whose place is another one than its queue's works there, as in
 * `@nestjs/bullmq`. What Drover decides for all sockets has no effect and is left out.
 */
import type { ProcessOptions } from '../workers/process-options.ts';
import type { NestWorkerOptions } from './bull/bull-options.ts';

/** A consumer's options. */
export interface SortedConsumerOptions {
  readonly how: ProcessOptions;
  readonly connection: NestWorkerOptions['connection'];
  readonly prefix: string | undefined;
}

/** Sorts what a decorator has left on a class. */
export function consumerOptionsOf(
  given: Partial<NestWorkerOptions> | ProcessOptions,
): SortedConsumerOptions {
  const { connection, prefix, ...rest } = given as Partial<NestWorkerOptions>;
  const { sharedConnection: _, blockingConnection: __, ...more } = rest;
  const { skipVersionCheck: ___, skipWaitingForReady: ____, ...how } = more;
  return { how, connection, prefix };
}
