/**
 * Makes of a method of a provider what runs the jobs of a queue.
 *
 * A provider that Nest makes once has its method called. One that depends on the request, and a transient one, is made
 * anew for each job, with the job in place of the request; durable ones are shared as Nest's strategy says. A provider
 * that cannot be made fails that job and no other. Where neither method nor class declare anything of Nest, the method
 * is called directly: jobs must not pay for what they do not use.
 */
import { Inject, Injectable } from '@nestjs/common';
import { type ContextId, ContextIdFactory, type ModuleRef } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Job } from 'bullmq';
import { CoordinatorError } from '../../errors.ts';
import type { JobContext } from '../../workers/running-job.ts';
import { type DeclaredEnhancers, declaredOn } from './declared-enhancers.ts';
import { type Consumer, EnhancedRun } from './enhanced-run.ts';
import { type Enhancers, findEnhancers, moduleRefOf } from './find-enhancers.ts';
import type { JobArguments } from './job-parameters.ts';
import { ProcessorDecoratorService } from './processor-decorator.ts';
import { settled } from './settled.ts';

/** Runs one job. */
export type JobHandler = (job: Job, token: string, context: JobContext) => Promise<unknown>;

/** Makes the handlers of consumers. */
@Injectable()
export class JobHandlers {
  readonly #decorator: ProcessorDecoratorService;

  constructor(@Inject(ProcessorDecoratorService) decorator: ProcessorDecoratorService) {
    this.#decorator = decorator;
  }

  /** @param wrapper of the provider, from `DiscoveryService`; @param name of its method */
  create(wrapper: InstanceWrapper, name: string): JobHandler {
    if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) return this.#each(wrapper, name);
    const consumer = wrapper.instance as Consumer;
    const declared = declaredOn(consumer, name);
    return declared.isBare
      ? this.#direct(consumer[name]!.bind(consumer), declared)
      : this.#enhanced(wrapper, name, declared);
  }

  #direct(method: Consumer[string], { wantsSignal }: DeclaredEnhancers): JobHandler {
    const processor = this.#decorator.decorate(async (...args) => settled(await method(...args)));
    return async (job, token, context) =>
      wantsSignal ? processor(job, token, context.signal) : processor(job, token);
  }

  #enhanced(wrapper: InstanceWrapper, name: string, declared: DeclaredEnhancers): JobHandler {
    const find = once(() => findEnhancers(declared, wrapper, STATIC_CONTEXT));
    const consumer = wrapper.instance as Consumer;
    return this.#decorated(declared.wantsSignal, async (...job) =>
      new EnhancedRun(consumer, name, await find(), argumentsOf(declared, ...job)).run(),
    );
  }

  /** With a provider that is made for each job. */
  #each(wrapper: InstanceWrapper, name: string): JobHandler {
    const moduleRef = moduleRefOf(wrapper);
    const known = declaredByClass(wrapper, name);
    return this.#decorated(known?.wantsSignal ?? false, async (...job) => {
      const contextId = contextIdOf(job[0], moduleRef);
      const consumer: Consumer = await moduleRef.resolve(wrapper.token as string, contextId);
      const declared = known ?? declaredOn(consumer, name);
      const args = argumentsOf(declared, ...job);
      if (declared.isBare) return settled(await consumer[name]!(...args.slice(0, args[2] ? 3 : 2)));
      const enhancers = await findEnhancers(declared, wrapper, contextId);
      return new EnhancedRun(consumer, name, enhancers, args).run();
    });
  }

  /** What decorators wrap knows no context, so it is kept beside the job. */
  #decorated(wantsSignal: boolean, run: JobHandler): JobHandler {
    const contexts = new WeakMap<Job, JobContext>();
    const processor = this.#decorator.decorate(async (job, token) => {
      const context = contexts.get(job);
      if (!context) throw otherJob(this.#decorator);
      return run(job, token ?? context.token, context);
    });
    return async (job, token, context) => {
      contexts.set(job, context);
      return wantsSignal ? processor(job, token, context.signal) : processor(job, token);
    };
  }
}

/** The signal is looked at only where it is wanted: a job that has looked is told to stop. */
function argumentsOf(
  { wantsSignal }: DeclaredEnhancers,
  job: Job,
  token: string,
  context: JobContext,
): JobArguments {
  return [job, token, wantsSignal ? context.signal : undefined, context];
}

/** Undefined where only the instance will tell: a factory's, or a method that the constructor sets. */
function declaredByClass(wrapper: InstanceWrapper, name: string): DeclaredEnhancers | undefined {
  const prototype = wrapper.isNotMetatype ? undefined : wrapper.metatype?.prototype;
  return typeof prototype?.[name] === 'function' ? declaredOn(prototype, name) : undefined;
}

/** What belongs to this job alone; the job is injected there as the request. */
function contextIdOf(job: Job, moduleRef: ModuleRef): ContextId {
  const contextId = ContextIdFactory.getByRequest(job);
  moduleRef.registerRequestByContextId(job, contextId);
  return contextId;
}

/** Asks again only after a failure. */
function once(find: () => Promise<Enhancers>): () => Promise<Enhancers> {
  let found: Promise<Enhancers> | undefined;
  return () => {
    found ??= find().catch((error) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

function otherJob(decorator: ProcessorDecoratorService): CoordinatorError {
  const message = `${decorator.constructor.name} passed on something else than the job it was given: wrap the call, and pass on the job itself`;
  return new CoordinatorError('NOT_SUPPORTED', message);
}
