/**
 * What can be injected of an opened root: its coordinator; of the default one also the managers of queues and workers.
 */
import type { Provider } from '@nestjs/common';
import { QueueManager } from '../queues/queue-manager.ts';
import { WorkerManager } from '../workers/worker-manager.ts';
import type { Root } from './root.ts';
import { DEFAULT_KEY, getCoordinatorToken, getFlowProducerToken, rootToken } from './tokens.ts';

/** The providers of a key. */
export function rootProviders(configKey: string): Provider[] {
  const inject = [rootToken(configKey)];
  const coordinator: Provider = {
    ...{ provide: getCoordinatorToken(configKey), inject },
    useFactory: (root: Root) => root.coordinator,
  };
  if (configKey !== DEFAULT_KEY) return [coordinator];
  const useQueues = ({ coordinator: { queues } }: Root): QueueManager => queues;
  const useWorkers = ({ coordinator: { workers } }: Root): WorkerManager => workers;
  return [
    coordinator,
    { provide: QueueManager, inject, useFactory: useQueues },
    { provide: WorkerManager, inject, useFactory: useWorkers },
  ];
}

/** The flow producer that all modules share, for `@InjectFlowProducer()` without a name. */
export function flowsProvider(configKey: string): Provider {
  return {
    provide: getFlowProducerToken(undefined, configKey),
    inject: [{ token: rootToken(configKey), optional: true }], // What lacks it is told by its queues.
    useFactory: (root: Root | undefined) => root?.flows,
  };
}
