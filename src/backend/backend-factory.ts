/**
 * Makes the backend for any BullMQ object: what is handed to `new Queue(name, options, factory)`.
 *
 * Also works as BullMQ's process-wide default. The factory's kind of object is told by its third argument;
 * workers and listeners are registered with the hub, so that `getWorkers` finds them.
 */
import type { BackendFactory, QueueBaseOptions } from 'bullmq';
import pLimit from 'p-limit';
import type { WhenDown } from '../config/options.ts';
import { CoordinatorError } from '../errors.ts';
import type { BackendContext } from './backend-context.ts';
import { borrowConnection } from './borrowed-connection.ts';
import { DroverBackend } from './drover-backend.ts';
import { DurableAdds } from './durable-adds.ts';
import { Halfway } from './halfway.ts';

/** A `BackendFactory` that makes backends on the hub. */
export type DroverBackendFactory = BackendFactory<DroverBackend>;

/** What all factories of a coordinator share. */
export type SharedBackendContext = Omit<BackendContext, 'whenDown'>;

/** Enough to fill a link; more would let Redis answer one list for long before it looks at anybody else. */
const READS_AT_ONCE = 16;

/** Gathers what backends on a hub need. */
export function createBackendContext(
  own: Pick<
    BackendContext,
    | 'hub'
    | 'gate'
    | 'announce'
    | 'keys'
    | 'spool'
    | 'observer'
    | 'failures'
    | 'payloads'
    | 'places'
    | 'bodyKey'
    | 'origin'
  >,
): SharedBackendContext {
  const { hub } = own;
  return {
    ...own,
    halfway: new Halfway(),
    durable: new DurableAdds(),
    command: borrowConnection(() => hub.command),
    bulk: borrowConnection(() => hub.bulk ?? hub.command),
    bulkReads: pLimit(READS_AT_ONCE),
    bodyReads: pLimit(READS_AT_ONCE),
  };
}

/** Creates the factory; `whenDown` is the policy of the queues made with it. */
export function createBackendFactory(
  context: SharedBackendContext,
  whenDown: WhenDown,
): DroverBackendFactory {
  return (name, options, { blocking = false, withBlockingConnection = false } = {}) => {
    const use = withBlockingConnection ? 'working' : blocking ? 'listening' : 'producing';
    const backend = new DroverBackend({ ...context, whenDown }, name, options, use);
    const workerName = (options as QueueBaseOptions & { name?: string }).name;
    if (use === 'working')
      context.hub.register(backend, backend.clientName(workerName ? `:w:${workerName}` : ''));
    else if (use === 'listening') context.hub.register(backend, backend.clientName(':qe'));
    return backend;
  };
}

/**
 * Stands where BullMQ wants a `connection` although the factory ignores it. Handing it to a class without
 * the factory would silently mean localhost; this refuses instead.
 */
export function refusedConnection(): object {
  return Object.defineProperty({}, 'connect', {
    get() {
      throw new CoordinatorError(
        'NOT_SUPPORTED',
        'This connection belongs to Drover and cannot make others: pass coordinator.backend as the last argument of new Queue, Worker, QueueEvents or FlowProducer',
      );
    },
  });
}
