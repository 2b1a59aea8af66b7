/**
 * Runs jobs through a provider of a real Nest application, without a queue: what its handler returns is the result.
 */
import 'reflect-metadata';
import type { InjectionToken, ModuleMetadata } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import type { Job, LockManager } from 'bullmq';
import { type JobHandler, JobHandlers } from '../../src/nestjs/jobs/job-handlers.ts';
import { ProcessorDecoratorService } from '../../src/nestjs/jobs/processor-decorator.ts';
import { RunningJob } from '../../src/workers/running-job.ts';

/** What became of one job. */
export interface Ran {
  /** Resolves to what the job completes with. */
  readonly result: Promise<unknown>;
  readonly job: Job;
  readonly running: RunningJob;
  /** What was logged for it. */
  readonly lines: [object, string][];
}

/** A Nest application whose providers run jobs. */
export interface Consumers {
  /** Runs a job with `data` by a handler that is made once for each provider and method. */
  run: (data?: unknown, how?: { by?: InjectionToken; method?: string; inModule?: string }) => Ran;
  handler: (by: InjectionToken, method?: string, inModule?: string) => JobHandler;
}

/** @param consumer token of the provider that runs jobs unless another one is named */
export async function createConsumers(
  consumer: InjectionToken,
  metadata: ModuleMetadata,
  change: (builder: TestingModuleBuilder) => TestingModuleBuilder = (builder) => builder,
): Promise<Consumers> {
  const { imports = [], providers = [] } = metadata;
  const core = { imports: [DiscoveryModule, ...imports] };
  const builder = Test.createTestingModule({
    ...metadata,
    ...core,
    providers: [JobHandlers, ProcessorDecoratorService, ...providers],
  });
  const module = await change(builder).compile();
  await module.init();
  const wrappers = module.get(DiscoveryService).getProviders();
  const made = new Map<InstanceWrapper, Map<string, JobHandler>>();
  const handler: Consumers['handler'] = (by, method = 'process', inModule) => {
    const wrapper = wrappers.find(
      ({ token, host }) => token === by && (inModule ?? host!.name) === host!.name,
    )!;
    const own = made.get(wrapper) ?? new Map<string, JobHandler>();
    made.set(wrapper, own);
    if (!own.has(method)) own.set(method, module.get(JobHandlers).create(wrapper, method));
    return own.get(method)!;
  };
  let last = 0;
  return {
    handler,
    run: (data, { by = consumer, method, inModule } = {}) => {
      last += 1;
      return start(handler(by, method, inModule), String(last), data);
    },
  };
}

function start(handler: JobHandler, id: string, data: unknown): Ran {
  const job = { id, name: 'make', queueName: 'photos', data, attemptsMade: 0, processedOn: 1 };
  const lines: [object, string][] = [];
  const write = (fields: object, message: string): void => void lines.push([fields, message]);
  const locks = { trackJob: () => new AbortController() } as unknown as LockManager;
  const logger = { info: write, warn: write, error: write, debug: write };
  const running = new RunningJob(job as Job, `token-${id}`, () => locks, logger);
  const result = handler(job as Job, running.token, running);
  return { result, job: job as Job, running, lines };
}
