/**
 * Decorators of the parameters of a method that runs jobs, and what they put there.
 *
 * They are kept as Nest keeps those of controllers, beside those that users make with `createParamDecorator`, so that
 * Nest finds the pipes on them. A parameter without a decorator gets what BullMQ has at its place: the job, its token,
 * its signal. Pipes of a method or class are for data: `@JobData()` and users' own decorators, never for the job, its
 * signal or its logger. The signal must not be looked at unless it is asked for: that marks the job as one that stops.
 */
import type { ArgumentMetadata, ExecutionContext, PipeTransform, Type } from '@nestjs/common';
import { PARAMTYPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Job } from 'bullmq';
import type { JobContext } from '../../workers/running-job.ts';

/** What Nest gives the pipe, guard … of a job: the job, its token, its signal where it is asked for, its context. */
export type JobArguments = [
  job: Job,
  token: string,
  signal: AbortSignal | undefined,
  context: JobContext,
];

/** A pipe, or the class of one that Nest makes. */
export type DeclaredPipe = PipeTransform | Type<PipeTransform>;

/** One parameter that has a decorator. */
export interface JobParameter {
  readonly index: number;
  /** What pipes are told of it; `type` is 'body' for data, so that a `ValidationPipe` checks it. */
  readonly about: ArgumentMetadata;
  /** Of the parameter alone. */
  readonly pipes: readonly DeclaredPipe[];
  /** Whether the pipes of its method and class are for it, too. */
  readonly isData: boolean;
  readonly isSignal: boolean;
  readonly read: (host: ExecutionContext, [job, token, signal, context]: JobArguments) => unknown;
}

/** What Nest keeps of a parameter. */
interface KeptParameter {
  readonly index: number;
  readonly data?: string;
  readonly pipes?: readonly DeclaredPipe[];
  /** Of a decorator that a user has made. */
  readonly factory?: (data: unknown, host: ExecutionContext) => unknown;
  /** Nest 12: a Standard Schema for the pipes. */
  readonly schema?: ArgumentMetadata['schema'];
}
type KeptParameters = Readonly<Record<string, KeptParameter>>;

/** Data is kept as the body of a request: that is what Nest's pipes check. The others are unknown to Nest. */
const KIND = {
  data: RouteParamtypes.BODY as number,
  job: 900,
  token: 901,
  signal: 902,
  logger: 903,
};

/** What Nest loads `reflect-metadata` for; it may not be there yet when this file is. */
const metadata = Reflect as unknown as {
  getMetadata: (key: string, target: object, property: string | symbol) => unknown;
  defineMetadata: (key: string, value: unknown, target: object, property: string | symbol) => void;
};

/**
 * The data of the job, or a field of it, through `pipes`: `@JobData()`, `@JobData('photoId', ParseUUIDPipe)`,
 * `@JobData(new ValidationPipe())`.
 */
export function JobData(
  fieldOrPipe?: string | DeclaredPipe,
  ...pipes: DeclaredPipe[]
): ParameterDecorator {
  if (fieldOrPipe === undefined || typeof fieldOrPipe === 'string')
    return keep(KIND.data, fieldOrPipe, pipes);
  return keep(KIND.data, undefined, [fieldOrPipe, ...pipes]);
}

/** The job itself. */
export function JobRef(): ParameterDecorator {
  return keep(KIND.job);
}

/** The token that holds the job's lock; BullMQ's `moveTo…` methods ask for it. */
export function JobToken(): ParameterDecorator {
  return keep(KIND.token);
}

/** The signal that tells the job to stop. A method that takes it is one that stops when it is told to. */
export function JobSignal(): ParameterDecorator {
  return keep(KIND.signal);
}

/** A logger that names the queue and the job on every line. */
export function JobLogger(): ParameterDecorator {
  return keep(KIND.logger);
}

/** The parameters of a method that have a decorator. */
export function parametersOf(type: object, prototype: object, method: string): JobParameter[] {
  const kept = (metadata.getMetadata(ROUTE_ARGS_METADATA, type, method) ?? {}) as KeptParameters;
  const types = metadata.getMetadata(PARAMTYPES_METADATA, prototype, method) as
    | unknown[]
    | undefined;
  return Object.entries(kept).map(([key, parameter]) => {
    const kind = parameter.factory ? undefined : Number.parseInt(key, 10);
    return {
      index: parameter.index,
      about: aboutOf(parameter, kind, types?.[parameter.index]),
      pipes: parameter.pipes ?? [],
      isData: kind === undefined || kind === KIND.data,
      isSignal: kind === KIND.signal,
      read: readerOf(parameter, kind),
    };
  });
}

function keep(
  kind: number,
  data?: string,
  pipes: readonly DeclaredPipe[] = [],
): ParameterDecorator {
  return (target, method, index) => {
    const type = target.constructor;
    const before = (metadata.getMetadata(ROUTE_ARGS_METADATA, type, method!) ??
      {}) as KeptParameters;
    // A method that overrides another one has its decorator in place of the other's.
    const others = Object.entries(before).filter(([, { index: taken }]) => taken !== index);
    const kept = { ...Object.fromEntries(others), [`${kind}:${index}`]: { index, data, pipes } };
    metadata.defineMetadata(ROUTE_ARGS_METADATA, kept, type, method!);
  };
}

function aboutOf(
  { data, schema }: KeptParameter,
  kind: number | undefined,
  metatype: unknown,
): ArgumentMetadata {
  return {
    type: kind === KIND.data ? 'body' : 'custom',
    metatype: metatype as Type,
    ...(data !== undefined && { data }),
    ...(schema !== undefined && { schema }),
  };
}

function readerOf(
  { data, factory }: KeptParameter,
  kind: number | undefined,
): JobParameter['read'] {
  if (factory) return (host) => factory(data, host);
  if (kind === KIND.data)
    return (_host, [job]) => (data === undefined ? job.data : job.data?.[data]);
  if (kind === KIND.job) return (_host, [job]) => job;
  if (kind === KIND.token) return (_host, [, token]) => token;
  if (kind === KIND.signal) return (_host, [, , signal]) => signal;
  if (kind === KIND.logger) return (_host, [, , , context]) => context.logger;
  // One of Nest's own for requests, such as `@Query()`: a job has none.
  return () => undefined;
}
