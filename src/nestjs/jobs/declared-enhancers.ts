/**
 * Which guards, interceptors, pipes, filters and parameters stand on a method that runs jobs and on its class.
 *
 * Read from what Nest's decorators leave, once for each class. Only what stands there counts: what an application
 * applies to all of its requests (`APP_GUARD`, `useGlobalGuards` …) is written for requests, and a guard that looks for
 * a user would fail every job.
 */
import type {
  CanActivate,
  ExceptionFilter,
  NestInterceptor,
  PipeTransform,
  Type,
} from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import { type JobParameter, parametersOf } from './job-parameters.ts';

/** An object, or the class of one that Nest makes. */
export type Declared<T> = T | Type<T>;

/** Those of the class come before those of the method. */
export interface DeclaredEnhancers {
  readonly guards: readonly Declared<CanActivate>[];
  readonly interceptors: readonly Declared<NestInterceptor>[];
  readonly pipes: readonly Declared<PipeTransform>[];
  readonly filters: readonly Declared<ExceptionFilter>[];
  readonly parameters: readonly JobParameter[];
  /** Nothing stands there: the method can be called as it is. */
  readonly isBare: boolean;
  /** Whether the method wants the signal: by `@JobSignal()`, or as a third parameter without a decorator. */
  readonly wantsSignal: boolean;
}

type Method = (...parameters: never[]) => unknown;

const reflector = new Reflector();

/** @param consumer an instance, or the prototype, of the class */
export function declaredOn(consumer: object, name: string): DeclaredEnhancers {
  const type = consumer.constructor;
  const method = (consumer as Record<string, Method>)[name]!;
  const parameters = parametersOf(type, consumer, name);
  const both = <T>(key: string): T[] =>
    [type, method].flatMap((target) => reflector.get<T[] | undefined>(key, target) ?? []);
  const guards = both<Declared<CanActivate>>(GUARDS_METADATA);
  const interceptors = both<Declared<NestInterceptor>>(INTERCEPTORS_METADATA);
  const pipes = both<Declared<PipeTransform>>(PIPES_METADATA);
  const filters = both<Declared<ExceptionFilter>>(EXCEPTION_FILTERS_METADATA);
  // Pipes have nothing to do without a parameter that they are for.
  const isBare = [guards, interceptors, filters, parameters].every(({ length }) => length === 0);
  const wantsSignal = asksForSignal(method, parameters);
  return { guards, interceptors, pipes, filters, parameters, isBare, wantsSignal };
}

function asksForSignal(method: Method, parameters: readonly JobParameter[]): boolean {
  if (parameters.some(({ isSignal }) => isSignal)) return true;
  return method.length >= 3 && !parameters.some(({ index }) => index === 2);
}
