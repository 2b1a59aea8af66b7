/**
 * Stand-in until the real one is merged; calls the method of the one instance, and nothing of Nest around it.
 */
import { Injectable } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Job } from 'bullmq';
import type { JobContext } from '../workers/running-job.ts';

/** Runs one job. */
export type JobHandler = (job: Job, token: string, context: JobContext) => Promise<unknown>;

/** Makes the handlers of consumers. */
@Injectable()
export class JobHandlers {
  create(wrapper: InstanceWrapper, methodName: string): JobHandler {
    const { instance } = wrapper;
    const method = instance[methodName] as (...args: unknown[]) => Promise<unknown>;
    return (job, token, context) =>
      method.length >= 3
        ? method.call(instance, job, token, context.signal)
        : method.call(instance, job, token);
  }
}
