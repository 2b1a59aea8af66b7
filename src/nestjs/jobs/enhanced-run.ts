/**
 * A method that runs jobs, within the guards, interceptors, pipes and filters that stand on it and on its class.
 *
 * In the order of Nest: guards, interceptors, pipes, the method, filters. What that means for a job:
 * - A guard that says no fails the job for good: it would say no again. One that throws has failed like any other code.
 * - A filter that returns something completes the job with it. One that returns nothing, also by a promise, has only
 *   looked: the job fails as it would have. One that throws decides how it fails.
 * - `DelayedError`, `WaitingError`, `WaitingChildrenError` and `RateLimitError` say that the job has been moved already.
 *   No filter sees them, and no interceptor can turn them into anything else: BullMQ would finish a job that is not its
 *   any more. `UnrecoverableError` is a failure, and filters see it.
 */
import { type CanActivate, type ExceptionFilter, ForbiddenException } from '@nestjs/common';
import { FILTER_CATCH_EXCEPTIONS } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { InterceptorsConsumer } from '@nestjs/core/interceptors/index.js';
import { UnrecoverableError } from 'bullmq';
import type { Enhancers } from './find-enhancers.ts';
import { isGone } from './gone-job.ts';
import type { JobArguments } from './job-parameters.ts';
import { pipedParameters } from './piped-parameters.ts';
import { settled } from './settled.ts';

/** The instance of a consumer, as far as it is known here. */
export type Consumer = Readonly<Record<string, (...parameters: unknown[]) => unknown>>;

/** `context.getType()` of what runs a job. */
const TYPE = 'job';

const interceptorsConsumer = new InterceptorsConsumer();
const reflector = new Reflector();

/** One run of one job. */
export class EnhancedRun {
  readonly #consumer: Consumer;
  readonly #name: string;
  readonly #enhancers: Enhancers;
  readonly #args: JobArguments;
  readonly #host: ExecutionContextHost;
  /** What says that the job is not this run's any more. */
  #gone: { readonly thrown: unknown } | undefined;
  #refusal: ForbiddenException | undefined;

  constructor(consumer: Consumer, name: string, enhancers: Enhancers, args: JobArguments) {
    this.#consumer = consumer;
    this.#name = name;
    this.#enhancers = enhancers;
    this.#args = args;
    const type = consumer.constructor as new () => unknown;
    this.#host = new ExecutionContextHost(args, type, consumer[name]!);
    this.#host.setType(TYPE);
  }

  async run(): Promise<unknown> {
    try {
      return await this.#filtered();
    } catch (thrown) {
      if (thrown !== this.#refusal || !this.#refusal) throw thrown;
      throw Object.assign(new UnrecoverableError(this.#refusal.message), { cause: thrown });
    }
  }

  async #filtered(): Promise<unknown> {
    try {
      for (const guard of this.#enhancers.guards) await this.#pass(guard);
      const result = await this.#intercepted();
      if (this.#gone) throw this.#gone.thrown;
      return result;
    } catch (thrown) {
      if (this.#gone) throw this.#gone.thrown;
      if (isGone(thrown, this.#args[2])) throw thrown;
      const filter = this.#enhancers.filters.find((each) => catches(each, thrown));
      const result = await settled(await filter?.catch(thrown, this.#host));
      if (result === undefined) throw thrown;
      return result;
    }
  }

  async #pass(guard: CanActivate): Promise<void> {
    if (await settled(await guard.canActivate(this.#host))) return;
    // What filters expect of Nest.
    this.#refusal = new ForbiddenException(
      `${guard.constructor.name} refuses the job for ${this.#consumer.constructor.name}#${this.#name}`,
    );
    throw this.#refusal;
  }

  async #intercepted(): Promise<unknown> {
    const { interceptors } = this.#enhancers;
    if (interceptors.length === 0) return settled(await this.#called());
    const method = this.#consumer[this.#name]!;
    const next = (): Promise<unknown> => this.#called();
    return settled(
      await interceptorsConsumer.intercept(
        interceptors,
        this.#args,
        this.#consumer,
        method,
        next,
        TYPE,
      ),
    );
  }

  async #called(): Promise<unknown> {
    try {
      const parameters = await pipedParameters(this.#enhancers.parameters, this.#host, this.#args);
      return await this.#consumer[this.#name]!(...parameters);
    } catch (thrown) {
      if (isGone(thrown, this.#args[2])) this.#gone = { thrown };
      throw thrown;
    }
  }
}

/** One without `@Catch(…)` classes catches everything. */
function catches(filter: ExceptionFilter, thrown: unknown): boolean {
  const caught =
    reflector.get<(new () => unknown)[] | undefined>(FILTER_CATCH_EXCEPTIONS, filter.constructor) ??
    [];
  return caught.length === 0 || caught.some((type) => thrown instanceof type);
}
