/**
 * Makes the input of an action from a request: fields of the path, and the rest from the query or from the body.
 *
 * Every part is decoded once. A field is said in one place only. Whether the fields are right is judged by the gate.
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import {
  type FieldSchema,
  fieldsFromText,
  type TextField,
} from '../operations/fields-from-text.ts';
import { HANDLERS } from '../operations/handlers.ts';
import { toPointer } from '../operations/parse-input.ts';
import { HttpRefusal } from './http-refusal.ts';
import { announcesBody, readJsonBody } from './json-body.ts';
import type { Route } from './routes.ts';

/** A request that a route was found for. */
export interface Asked {
  readonly route: Route;
  /** Fields of the path, as they were sent. */
  readonly parts: Readonly<Record<string, string>>;
  readonly request: Request;
  /** As it was sent, without the question mark. */
  readonly query: string;
}

/** The flat input. Throws INPUT_INVALID with a pointer, or an `HttpRefusal`. */
export async function toInput(asked: Asked, bodyLimit: number): Promise<Record<string, unknown>> {
  const { route, request, query } = asked;
  const inPath = Object.entries(asked.parts).map(
    ([name, part]) => [name, decode(name, part)] as const,
  );
  // Probes add what they like to a path, and mean nothing by it.
  if (route.action.permission === 'open') return Object.fromEntries(inPath);
  const rest = takesQuery(route)
    ? fieldsOfQuery(route, request, query)
    : await fieldsOfBody(route, request, query, bodyLimit);
  for (const name of Object.keys(rest)) {
    if (route.fields.includes(name)) throw wrong(name, 'is already in the path');
    // Schemas differ in whether they see this one.
    if (name === '__proto__') throw wrong(name, 'is not known');
  }
  const stream = route.action.answers === 'events' ? lastEventId(request) : {};
  return { ...rest, ...stream, ...Object.fromEntries(inPath) };
}

/** Whether the fields of a route that are not in its path are in its query. */
export function takesQuery({ method }: Route): boolean {
  return method === 'GET' || method === 'DELETE';
}

/** The JSON schema of what an action takes; undefined when nothing does it here. */
export function inputSchemaOf({ name }: Route): FieldSchema | undefined {
  const input = HANDLERS[name]?.input;
  if (!input) return undefined;
  const { $schema, ...schema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  return schema as FieldSchema;
}

function fieldsOfQuery(route: Route, request: Request, query: string): Record<string, unknown> {
  if (announcesBody(request.headers))
    throw new HttpRefusal(400, `${route.method} takes its fields from the query: send no body`);
  if (query === '') return {};
  return fieldsFromText(inputSchemaOf(route) ?? {}, readQuery(query));
}

async function fieldsOfBody(
  { action }: Route,
  request: Request,
  query: string,
  bodyLimit: number,
): Promise<Record<string, unknown>> {
  const [misplaced] = readQuery(query);
  if (misplaced) throw wrong(misplaced[0], 'belongs into the body, as JSON');
  return readJsonBody(request, bodyLimit, action.secret);
}

function readQuery(query: string): TextField[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const [name, text] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      const field = decode('', name.replaceAll('+', ' '));
      return [field, decode(field, text.replaceAll('+', ' '))];
    });
}

/** The browser says it in a header, when it comes back. */
function lastEventId({ headers }: Request): { lastEventId?: string } {
  const id = headers.get('last-event-id');
  return id ? { lastEventId: id } : {};
}

function decode(field: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(field, 'is not UTF-8 that is percent-encoded');
  }
}

function wrong(field: string, what: string): InputError {
  return new InputError(field === '' ? '' : toPointer([field]), what);
}
