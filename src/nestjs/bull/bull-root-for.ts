/**
 * Which root a registered queue or flow producer belongs to: that of its key, or one beside it where it says a Redis or
 * a prefix of its own.
 */

import { nestError } from '../nest-error.ts';
import type { Root } from '../root.ts';
import type { Roots } from '../roots.ts';
import { DEFAULT_KEY } from '../tokens.ts';
import { type Place, rootOptionsOf } from './connection-options.ts';

/** What is said beside a factory. */
export interface Named {
  readonly name?: string;
  readonly configKey?: string;
}

/** Throws CONFIG_INVALID for a key that no `forRoot` has, unless a Redis is named. */
export function rootFor(
  roots: Roots,
  key: string,
  { connection, prefix }: Place,
  shared: Place | undefined,
): Root {
  const main = roots.get(key);
  const ownConnection = connection === shared?.connection ? undefined : connection;
  const ownPrefix = prefix === shared?.prefix ? undefined : prefix;
  if (main && ownConnection === undefined && ownPrefix === undefined) return main;
  if (!main && key !== DEFAULT_KEY && connection === undefined)
    throw nestError(
      'BullModule',
      `no forRoot() has the key "${key}": import BullModule.forRoot("${key}", { connection }) in the root module`,
    );
  return roots.beside(key, rootOptionsOf({ connection: ownConnection, prefix: ownPrefix }));
}
