/**
 * A coordinator whose queues are recorded: the real one, without a Redis, on records in memory.
 *
 * Options that name a Redis are left out and the environment is not read, so that there is nothing to connect to. Queues,
 * flow producers, listeners and workers are BullMQ's own, made as in production; workers take no jobs by themselves.
 */
import type { Worker } from 'bullmq';
import type { CoordinatorOptions } from '../../config/options.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { Coordinator } from '../../coordinator.ts';
import type { JobTypes, QueueDefinition } from '../../queues/define-queue.ts';
import type { QueueRef } from '../../queues/queue-manager.ts';
import { resolveProcessOptions } from '../../workers/process-options.ts';
import { Registration } from '../../workers/registration.ts';
import { Suspects } from '../../workers/suspects.ts';
import { notRecorded } from './not-recorded.ts';
import { recordingFactory } from './recorded-backend.ts';
import { RecordedJobs } from './recorded-jobs.ts';

/** A coordinator and what is recorded for it. */
export interface Recording {
  readonly coordinator: Coordinator;
  readonly jobs: RecordedJobs;
  /** The first worker of a queue, by its whole name. */
  worker(queue: string): Worker | undefined;
}

/** Makes a coordinator that records. Throws CONFIG_INVALID as the real one does. */
export function recordCoordinator(options: CoordinatorOptions = {}): Recording {
  const { redisUrl: _url, redis: _redis, connection: _connection, ...rest } = options;
  const coordinator = new Coordinator(rest, {});
  const jobs = new RecordedJobs();
  const factory = recordingFactory(jobs);
  const { queues } = coordinator;
  Object.defineProperty(coordinator, 'backend', { value: factory });
  queues.factoryFor = () => factory as unknown as Coordinator['backend'];
  for (const name of ['getQueueStats', 'getAllQueueStats'] as const)
    queues[name] = async () => {
      throw notRecorded(name);
    };
  return { coordinator, jobs, worker: recordWorkers(coordinator, rest) };
}

/** Makes the workers of what is registered. They are told their jobs, and never fetch. */
function recordWorkers(coordinator: Coordinator, options: CoordinatorOptions): Recording['worker'] {
  const { queues, workers, logger, control } = coordinator;
  const config = resolveConfig(options, {});
  const { announce } = control;
  const registrations: Registration[] = [];
  const named = (queue: string, processor?: unknown): Worker[] =>
    registrations
      .filter((each) => each.definition.name === queue)
      .filter((each) => processor === undefined || each.runs(processor))
      .flatMap(({ worker }) => worker ?? []);
  const suspects = new Suspects({ ...{ logger, announce } } as never);
  const register = workers.registerProcessor.bind(workers);
  workers.registerProcessor = (ref, processor, how = {}, by) => {
    if (!register(ref, processor, how, by)) return false;
    const definition = queues.define(ref as QueueRef) as QueueDefinition;
    const { worker, ...resolved } = resolveProcessOptions(how, {
      ...{ waitP95Ms: definition.objectives.waitP95Ms, isFile: typeof processor !== 'function' },
    });
    const registration = new Registration(
      { config, queues, logger, announce, suspects, redactor: undefined, onChange: () => {} },
      {
        definition,
        processor: processor as never,
        options: {
          ...{ ...resolved, maxKills: undefined, pool: undefined },
          worker: { ...worker, autorun: false },
        },
      },
    );
    registration.start();
    registrations.push(registration);
    return true;
  };
  workers.get = (ref: QueueRef<JobTypes, unknown>, processor?: unknown) =>
    named(typeof ref === 'string' ? ref : ref.name, processor);
  return (queue) => named(queue)[0];
}
