/**
 * Errors of what is wired wrongly, as Nest tells its own: with the module and the provider that are to be mended.
 */
import type { DynamicModule, Provider } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { CoordinatorError, messageOf } from '../errors.ts';
import { metadataOf } from './consumer-metadata.ts';
import { DEFAULT_KEY } from './tokens.ts';

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

/** What to do where nothing has opened this configuration. */
export function missingRoot(configKey: string): string {
  return configKey === DEFAULT_KEY
    ? 'no forRoot() names its Redis: import BullMqConsumerModule.forRoot({ redisUrl }) in the root module'
    : `no forRoot() has the key "${configKey}": import BullMqConsumerModule.forRoot({ configKey: "${configKey}", redisUrl }) in the root module`;
}

/** What is said of a definition that is not there, and mostly why. */
export function undefinedQueue(queue: unknown): string {
  return `${queue === '' ? 'an empty string' : queue}: two files that import each other, perhaps; move defineQueue() into a file of its own`;
}

/** Names of the modules that import the one that provides `token`: `PhotosModule and MailsModule`. */
export function importersOf(modules: ModulesContainer, token: unknown): string {
  const all = [...modules.values()];
  const named = all
    .filter((module) => [...module.imports].some(({ providers }) => providers.has(token as string)))
    .map(({ name }) => name);
  return named.length === 0 ? 'a module' : [...new Set(named)].join(' and ');
}

/**
 * Names of the modules whose decorator lists a dynamic module with this very provider, or one of this token, be it by
 * way of another one. For global modules, which everybody imports in the end.
 */
export function declarersOf(modules: ModulesContainer, sought: Provider | string): string {
  const isSought = (provider: Provider): boolean =>
    provider === sought || ('provide' in provider && provider.provide === sought);
  const named = [...modules.values()]
    .filter(({ metatype }) =>
      metadataOf<unknown[]>('imports', metatype)?.some(isDeclaring(isSought)),
    )
    .map(({ name }) => name);
  return named.length === 0 ? 'a module' : [...new Set(named)].join(' and ');
}

function isDeclaring(isSought: (provider: Provider) => boolean): (imported: unknown) => boolean {
  return (imported) => {
    const { providers, imports } = (imported ?? {}) as Partial<DynamicModule>;
    return (providers?.some(isSought) || imports?.some(isDeclaring(isSought))) ?? false;
  };
}
