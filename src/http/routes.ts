/**
 * The routes of the face, made from the catalogue of actions: one route for each.
 *
 * Paths are matched as they are sent, so that each part is decoded once and a slash in a name stays one.
 */
import { TrieRouter } from 'hono/router/trie-router';
import type { Action } from '../operations/action.ts';
import { ACTIONS, type ActionName } from '../operations/actions.ts';

/** What a method may be. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An action as a route. */
export interface Route {
  readonly name: ActionName;
  readonly action: Action;
  readonly method: Method;
  readonly path: string;
  /** Names of the fields that the path holds. */
  readonly fields: readonly string[];
}

/** Where the API says what there is. */
export const INDEX_PATH = '/api/v1';
/** Where the description of the API is. */
export const OPENAPI_PATH = '/api/v1/openapi.json';

/** Every action's route. */
export const ROUTES: readonly Route[] = Object.entries(ACTIONS).map(([name, action]) => {
  const [method, path] = action.route.split(' ') as [Method, string];
  const fields = [...path.matchAll(/:(\w+)/g)].map(([, field]) => field!);
  return { name: name as ActionName, action, method, path, fields };
});

/** What describes the API itself. */
export type Description = 'index' | 'openapi';

/** What is at a path. */
export type Found =
  | { readonly route: Route; readonly parts: Readonly<Record<string, string>> }
  | Description
  | { readonly allow: readonly string[] };

/** Finds routes by method and path. */
export class RouteTable {
  readonly #router = new TrieRouter<Route | Description>();
  readonly #methods: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

  constructor() {
    for (const route of ROUTES) this.#router.add(route.method, route.path, route);
    this.#router.add('GET', INDEX_PATH, 'index');
    this.#router.add('GET', OPENAPI_PATH, 'openapi');
  }

  /** `path` is as it was sent, with nothing decoded. undefined: there is nothing. */
  find(method: string, path: string): Found | undefined {
    const found = this.#match(method === 'HEAD' ? 'GET' : method, path);
    if (found) return found;
    const allowed = this.#methods.filter((each) => this.#match(each, path));
    if (allowed.length === 0) return undefined;
    return { allow: allowed.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])) };
  }

  #match(method: string, path: string): Exclude<Found, { allow: unknown }> | undefined {
    const [match] = this.#router.match(method, path)[0];
    if (!match) return undefined;
    const [handler, parts] = match;
    if (typeof handler === 'string') return handler;
    // A part that is empty is no name: `/queues//jobs` is nothing.
    if (Object.values(parts).some((part) => part === '')) return undefined;
    return { route: handler, parts: parts as Record<string, string> };
  }
}
