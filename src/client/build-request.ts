/**
 * Makes the request of an action from the catalogue: method, address, body. Pure.
 */
import { stringifyExactly } from '../base/exact-numbers.ts';
import { InputError } from '../errors.ts';
import type { Action } from '../operations/action.ts';

/** A request without credentials. */
export interface BuiltRequest {
  readonly method: string;
  readonly url: string;
  /** JSON; null: there is none. */
  readonly body: string | null;
}

/** `baseUrl` has no slash at its end. Throws INPUT_INVALID for a field that no address can hold. */
export function buildRequest(
  baseUrl: string,
  { route }: Pick<Action, 'route'>,
  input: object,
): BuiltRequest {
  const [method, path] = route.split(' ') as [string, string];
  const fields = new Map<string, unknown>(
    Object.entries(input).filter(([, value]) => value !== undefined),
  );
  const filled = path.replace(/:(\w+)/g, (_part, name: string) => {
    const part = toPart(name, fields.get(name));
    fields.delete(name);
    return part;
  });
  const isInQuery = method === 'GET' || method === 'DELETE';
  const query = isInQuery ? toQuery(fields) : '';
  return {
    method,
    url: `${baseUrl}${filled}${query && `?${query}`}`,
    body: isInQuery ? null : stringifyExactly(Object.fromEntries(fields))!,
  };
}

function toPart(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new InputError(`/${name}`, 'must be a text that is not empty');
  // Every URL parser takes these for steps in the path, however they are encoded.
  if (value === '.' || value === '..')
    throw new InputError(`/${name}`, `"${value}" cannot stand in an address`);
  return encodeURIComponent(value);
}

function toQuery(fields: ReadonlyMap<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields)
    for (const each of Array.isArray(value) ? value : [value])
      query.append(name, typeof each === 'object' ? JSON.stringify(each) : String(each));
  return query.toString();
}
