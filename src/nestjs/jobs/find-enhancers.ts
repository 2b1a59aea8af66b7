/**
 * Finds the objects of the guards, interceptors, pipes and filters that are declared by their class.
 *
 * Nest has made them with the module of their consumer, once or for each job. What it has not made is made here: the
 * enhancers of a consumer that comes out of a factory or is given as a value, of which Nest has not seen the class, and
 * transient ones, of which it holds an empty object only. One must never be left out in silence: a job would run that
 * its guard refuses. What cannot be made, such as a guard of a value that looks at the request, fails the job.
 */
import type {
  CanActivate,
  ExceptionFilter,
  NestInterceptor,
  PipeTransform,
  Type,
} from '@nestjs/common';
import { type ContextId, ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Declared, DeclaredEnhancers } from './declared-enhancers.ts';
import type { JobParameter } from './job-parameters.ts';

/** A parameter with all pipes that its value goes through. */
export interface PipedParameter extends Omit<JobParameter, 'pipes' | 'isData'> {
  readonly pipes: readonly PipeTransform[];
}

/** Ready to be called. */
export interface Enhancers {
  readonly guards: readonly CanActivate[];
  readonly interceptors: NestInterceptor[];
  /** The one that is asked first is the first. */
  readonly filters: readonly ExceptionFilter[];
  readonly parameters: readonly PipedParameter[];
}

/** @param wrapper the consumer's; @param contextId of one job, or Nest's for what is made once */
export async function findEnhancers(
  declared: DeclaredEnhancers,
  wrapper: InstanceWrapper,
  contextId: ContextId,
): Promise<Enhancers> {
  const find = <T>(each: readonly Declared<T>[]): Promise<T[]> =>
    Promise.all(each.map((one) => findOne(one, wrapper, contextId)));
  const [guards, interceptors, filters, pipes, parameters] = await Promise.all([
    find(declared.guards),
    find(declared.interceptors),
    find(declared.filters),
    find(declared.pipes),
    Promise.all(
      declared.parameters.map(async (each) => ({ ...each, own: await find(each.pipes) })),
    ),
  ]);
  return {
    guards,
    interceptors,
    filters: filters.reverse(),
    parameters: parameters.map(({ isData, own, ...parameter }) => ({
      ...parameter,
      pipes: isData ? [...pipes, ...own] : own,
    })),
  };
}

async function findOne<T>(
  declared: Declared<T>,
  wrapper: InstanceWrapper,
  contextId: ContextId,
): Promise<T> {
  if (typeof declared !== 'function') return declared;
  const type = declared as Type<T>;
  const { injectables } = wrapper.host!;
  const made = injectables.get(type) as InstanceWrapper<T> | undefined;
  const place = made?.getInstanceByContextId(contextOf(made, contextId), wrapper.id);
  // In tests one may stand in its place, which Nest has not constructed.
  if (made && place && (made.isNotMetatype || place.isConstructorCalled)) return place.instance;
  return moduleRefOf(wrapper).create(type, contextId);
}

/** The module that provides the consumer, as what is injected as `ModuleRef` there. */
export function moduleRefOf(wrapper: InstanceWrapper): ModuleRef {
  return wrapper.host!.getProviderByKey<ModuleRef>(ModuleRef).instance;
}

/** Durable ones are shared among the jobs of one tenant: they are kept under the tenant's own id. */
function contextOf(wrapper: InstanceWrapper, contextId: ContextId): ContextId {
  if (!contextId.getParent) return contextId;
  const isTreeDurable = !wrapper.isTransient && wrapper.isDependencyTreeDurable();
  return contextId.getParent({ token: wrapper.token, isTreeDurable });
}
