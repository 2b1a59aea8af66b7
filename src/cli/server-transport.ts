/**
 * Through a Drover server: actions by their routes, over `fetch`.
 */
import { CoordinatorError, ERRORS, type ErrorCode, InputError, messageOf } from '../errors.ts';
import { ACTIONS, type ActionName } from '../operations/actions.ts';
import type { Settings } from './settings.ts';
import type { Transport } from './transport.ts';

/** A caller of this server. Nothing is asked yet. */
export function openServer(settings: Settings, server: string): Transport {
  const { token, timeoutMs, where } = settings;
  const headers = {
    Accept: 'application/json',
    // No page of another site can send it.
    'X-Drover': '1',
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  return {
    close: () => Promise.resolve(),
    async call(name, input) {
      const { answers = 'json' } = ACTIONS[name];
      const { method, path, body } = toRequest(name, input as Record<string, unknown>);
      const isStream = answers === 'lines' || answers === 'events';
      const response = await fetch(`${server}${path}`, {
        ...{ method, redirect: 'error' },
        headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body }),
        ...(!isStream && { signal: AbortSignal.timeout(timeoutMs) }),
      }).catch((error: unknown) => {
        throw unreachable(where, error);
      });
      // Health says by its status what it says in its body.
      const isHealth = response.status === 503 && path.startsWith('/health/');
      if (!response.ok && !isHealth && name !== 'health.queues') throw await toError(response);
      if (answers === 'text') return response.text();
      if (isStream) return linesOf(response);
      return response.json().catch((error: unknown) => {
        throw unreachable(where, error);
      });
    },
  };
}

/** The request that an action is. Pure. */
export function toRequest(
  name: ActionName,
  input: Readonly<Record<string, unknown>>,
): { method: string; path: string; body: string | undefined } {
  const [method, route] = ACTIONS[name].route.split(' ') as [string, string];
  const rest = { ...input };
  const path = route.replace(/:(\w+)/g, (_, field: string) => {
    const value = String(rest[field] ?? '');
    delete rest[field];
    // Every reader of URLs takes these for steps in the path.
    if (['', '.', '..'].includes(value))
      throw new InputError(`/${field}`, `"${value}" cannot stand in an address`);
    return encodeURIComponent(value);
  });
  if (method !== 'GET' && method !== 'DELETE') return { method, path, body: JSON.stringify(rest) };
  const query = new URLSearchParams();
  for (const [field, value] of Object.entries(rest)) {
    for (const each of Array.isArray(value) ? value : [value])
      query.append(field, typeof each === 'object' ? JSON.stringify(each) : String(each));
  }
  const text = query.toString();
  return { method, path: text === '' ? path : `${path}?${text}`, body: undefined };
}

async function* linesOf(response: Response): AsyncIterable<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly pointer?: string;
}

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  ...{ 400: 'INPUT_INVALID', 401: 'NOT_AUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND' },
  ...{ 409: 'STATE_CONFLICT', 429: 'RATE_LIMITED', 503: 'QUEUE_UNAVAILABLE' },
};

async function toError(response: Response): Promise<CoordinatorError> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const { code, detail = `The server answered ${response.status}`, pointer } = problem;
  if (code === 'INPUT_INVALID' && pointer !== undefined)
    return new InputError(pointer, detail.replace(/^[^ ]*: /, ''));
  const known =
    code !== undefined && Object.hasOwn(ERRORS, code)
      ? (code as ErrorCode)
      : (BY_STATUS[response.status] ?? 'NOT_SUPPORTED');
  return new CoordinatorError(known, detail);
}

function unreachable(where: string, error: unknown): CoordinatorError {
  const { cause } = error as { cause?: unknown };
  return new CoordinatorError(
    'QUEUE_UNAVAILABLE',
    `The server ${where} cannot be reached: ${messageOf(cause ?? error)}`,
    { cause: error },
  );
}
