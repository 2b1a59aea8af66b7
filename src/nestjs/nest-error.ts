/**
 * Errors of what is wired wrongly, as Nest tells its own: with the module and the provider that are to be mended.
 */
import type { DynamicModule } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';
import { CoordinatorError, messageOf } from '../errors.ts';
import { metadataOf } from './consumer-metadata.ts';

/** CONFIG_INVALID; `where` names the module or provider, the message says what is wrong and what to do. */
export function nestError(where: string, message: string, cause?: unknown): CoordinatorError {
  const options = cause === undefined ? undefined : { cause };
  return new CoordinatorError('CONFIG_INVALID', `${where}: ${message}`, options);
}

/** The same out of an error that knows nothing of Nest. */
export function asNestError(where: string, error: unknown): CoordinatorError {
  const code = error instanceof CoordinatorError ? error.code : 'CONFIG_INVALID';
  return new CoordinatorError(code, `${where}: ${messageOf(error)}`, { cause: error });
}

/** Of a global module, which every module imports, those that say so: `AppModule`. */
export function declarersOf(modules: ModulesContainer, token: string): string {
  const named = [...modules.values()]
    .filter(({ metatype }) => importsSaidBy(metatype).some((each) => provides(each, token)))
    .map(({ name }) => name);
  return named.length === 0 ? importersOf(modules, token) : [...new Set(named)].join(' and ');
}

function importsSaidBy(module: object): readonly Partial<DynamicModule>[] {
  return metadataOf<Partial<DynamicModule>[]>(MODULE_METADATA.IMPORTS, module) ?? [];
}

function provides({ providers = [] }: Partial<DynamicModule>, token: string): boolean {
  return providers.some((each) => 'provide' in each && each.provide === token);
}

/** Names of the modules that import the one that provides `token`: `PhotosModule and MailsModule`. */
export function importersOf(modules: ModulesContainer, token: unknown): string {
  const all = [...modules.values()];
  const named = all
    .filter((module) => [...module.imports].some(({ providers }) => providers.has(token as string)))
    .map(({ name }) => name);
  return named.length === 0 ? 'a module' : [...new Set(named)].join(' and ');
}
