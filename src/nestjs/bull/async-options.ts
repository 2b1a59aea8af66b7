/**
 * Options that are made by a factory, by a class, or by a provider that exists: as providers of Nest.
 */
import type { FactoryProvider, Provider, Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { asNestError, declarersOf } from '../nest-error.ts';
import type { AsyncOptions } from './bull-options.ts';

/** What becomes of made options, and where it is put. */
export interface MadeOptions {
  readonly token: string;
  /** Says where in the application they stand: `BullModule.forRootAsync()`. */
  readonly call: string;
  /** The method of a class that makes them. */
  readonly method: string;
  /** What is injected beside, and handed to `finish`. */
  readonly beside?: FactoryProvider['inject'];
  finish?(options: object, ...beside: never[]): object;
}

type Make = (...args: unknown[]) => unknown;

/** The providers of the options; those of a call that has none of the three forms are its own fields. */
export function asyncOptionsProviders(given: object, made: MadeOptions): Provider[] {
  const forms: AsyncOptions<object, object> = given;
  const { useFactory, useClass, useExisting, extraProviders = [] } = forms;
  const type = (useExisting ?? useClass) as Type<Record<string, Make>> | undefined;
  const viaClass: Make = (factory) => (factory as Record<string, Make>)[made.method]!();
  const { inject = [], make } = useFactory
    ? { inject: forms.inject, make: useFactory as Make }
    : { inject: type ? [type] : [], make: type ? viaClass : () => fieldsOf(forms) };
  const own = useClass && !useFactory && !useExisting ? [useClass as Type] : [];
  return [optionsProvider(make, inject, made), ...own, ...extraProviders];
}

function optionsProvider(
  make: Make,
  inject: NonNullable<FactoryProvider['inject']>,
  { token, call, beside = [], finish }: MadeOptions,
): FactoryProvider {
  return {
    provide: token,
    inject: [ModulesContainer, ...beside, ...inject],
    useFactory: async (modules: ModulesContainer, ...injected: unknown[]) => {
      try {
        const options = (await make(...injected.slice(beside.length))) ?? {};
        return finish?.(options, ...(injected.slice(0, beside.length) as never[])) ?? options;
      } catch (error) {
        throw asNestError(
          `${call} of ${declarersOf(modules, token)}, in its options factory`,
          error,
        );
      }
    },
  };
}

function fieldsOf(given: AsyncOptions<object, object>): object {
  const { imports: _, inject: __, extraProviders: ___, ...fields } = given;
  return fields;
}
