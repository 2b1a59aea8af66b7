/**
 * Where applications wrap the functions that run jobs, as in `@nestjs/bullmq`: for tracing, timing, a tenant's context.
 *
 * Override `decorate` and provide the class in its place. It is called once for each method that runs jobs; what it
 * returns is called for each job, and must pass on the job it was given.
 */
import { Injectable } from '@nestjs/common';
import type { Processor } from 'bullmq';

/** Returns processors as they are; override `decorate` to wrap them. */
@Injectable()
export class ProcessorDecoratorService {
  /** @param processor called with the job, its token, and its signal where the method asks for one */
  decorate(processor: Processor<unknown, unknown>): Processor<unknown, unknown> {
    return processor;
  }
}
