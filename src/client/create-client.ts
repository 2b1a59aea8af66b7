/**
 * Does actions in another process, over HTTP: typed as in this one, and with the same errors.
 *
 * Requests are made from the catalogue of actions alone. It runs in browsers, too: nothing of Node and no schema is
 * loaded; the server checks. No message holds the token or a password.
 */
import { backoffDelay } from '../base/backoff.ts';
import { sleep } from '../base/wait.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { Action } from '../operations/action.ts';
import {
  ACTIONS,
  type ActionCaller,
  type ActionName,
  type InputOf,
  type OutputOf,
} from '../operations/actions.ts';
import type { LiveEvent } from '../operations/live/live-views.ts';
import { buildRequest } from './build-request.ts';
import { readEvents } from './read-events.ts';
import { readProblem } from './read-problem.ts';
import { textLines } from './text-lines.ts';

/** Where the server is, and who asks. */
export interface ClientOptions {
  /** With the base path, if there is one: `https://ops.example.com/queues`. */
  readonly url: string;
  /** An API token or a JWT. @default none: the server knows who asks by other means, such as a cookie */
  readonly token?: string;
  /** @default the global one */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** How long an answer may take to begin; that of a stream goes on as long as it likes. @default 30 s */
  readonly timeoutMs?: number;
}

/** How one call is made. */
export interface CallOptions {
  /** Ends the call, and its stream. */
  readonly signal?: AbortSignal;
  /** How long this answer may take to begin, where more is counted than usual. @default that of the client */
  readonly timeoutMs?: number;
}

/** Does actions at a server. */
export interface Client extends ActionCaller {
  call<Name extends ActionName>(
    name: Name,
    input: InputOf<Name>,
    options?: CallOptions,
  ): Promise<OutputOf<Name>>;
}

const USUAL_TIMEOUT_MS = 30_000;
/** A server writes a comment every 15 s: after three that are missing, nobody is there any more. */
const QUIET_MS = 45_000;
const COMING_BACK = { minDelayMs: 1_000, maxDelayMs: 30_000 };

/** A client. Throws CONFIG_INVALID. */
export function createClient(options: ClientOptions): Client {
  const server = new Server(options);
  return {
    call: (async (name: ActionName, input: object, { signal, timeoutMs }: CallOptions = {}) => {
      if (!Object.hasOwn(ACTIONS, name))
        throw new CoordinatorError('NOT_FOUND', `There is no action "${name}"`);
      return server.ask(ACTIONS[name], input, signal ?? new AbortController().signal, timeoutMs);
    }) as Client['call'],
  };
}

class Server {
  readonly #base: string;
  /** For messages: without credentials. */
  readonly #address: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    const url = URL.canParse(options.url) ? new URL(options.url) : null;
    if (!url || !/^https?:$/.test(url.protocol))
      throw new CoordinatorError(
        'CONFIG_INVALID',
        'The address of the server must be one such as http://127.0.0.1:3000',
      );
    if (url.username !== '' || url.password !== '')
      throw new CoordinatorError(
        'CONFIG_INVALID',
        'The address of the server must hold no user and password: give a `token`',
      );
    this.#base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
    this.#address = this.#base;
    this.#options = options;
  }

  async ask(
    action: Action,
    input: object,
    signal: AbortSignal,
    timeoutMs: number | undefined,
  ): Promise<unknown> {
    if (action.answers === 'events') return this.#events(action, input, signal);
    const sent = await this.#send(action, input, signal, timeoutMs);
    if (action.answers === 'lines') return lines(sent);
    const { response, failure, end } = sent;
    try {
      return await (action.answers === 'text' ? response.text() : response.json());
    } catch (error) {
      throw failure(error);
    } finally {
      end();
    }
  }

  /** Comes back by itself when the connection is lost, and goes on after the last event. */
  async *#events(action: Action, input: object, signal: AbortSignal): AsyncGenerator<LiveEvent> {
    let failures = 0;
    let lastEventId = (input as { lastEventId?: string }).lastEventId;
    let retryMs = COMING_BACK.minDelayMs;
    while (!signal.aborted) {
      let sent: Sent | undefined;
      try {
        sent = await this.#send(action, { ...input, lastEventId }, signal);
        const { response } = sent;
        for await (const word of readEvents(textLines(response.body ?? nothing(), QUIET_MS))) {
          failures = 0;
          if ('retryMs' in word) retryMs = Math.max(1, Math.min(word.retryMs, 60_000));
          else {
            lastEventId = word.event.id;
            yield word.event;
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof CoordinatorError && !error.retryable) throw error;
      } finally {
        sent?.end();
      }
      failures += 1;
      await sleep(Math.max(retryMs, backoffDelay(failures, COMING_BACK)), { signal });
    }
  }

  async #send(action: Action, input: object, signal: AbortSignal, wanted?: number): Promise<Sent> {
    const { method, url, body } = buildRequest(this.#base, action, input);
    const { token } = this.#options;
    const timeoutMs = wanted ?? this.#options.timeoutMs ?? USUAL_TIMEOUT_MS;
    const isStream = action.answers === 'events' || action.answers === 'lines';
    const headers: Record<string, string> = {
      'X-Drover': '1',
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== null && { 'Content-Type': 'application/json' }),
    };
    const request = new AbortController();
    const onAbort = (): void => request.abort();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const late = AbortSignal.timeout(timeoutMs);
    // A stream has begun in time when its headers are there; other answers must be whole by then.
    late.addEventListener('abort', onAbort, { once: true });
    const end = (): void => {
      signal.removeEventListener('abort', onAbort);
      late.removeEventListener('abort', onAbort);
    };
    const effect = effectOf(action, input);
    const failure = (error: unknown): CoordinatorError =>
      late.aborted
        ? this.#lost(effect, `has not answered within ${timeoutMs} ms`, error)
        : this.#lost(effect, `could not be asked: ${messageOf(causeOf(error))}`, error);
    const fetch = this.#options.fetch ?? globalThis.fetch;
    // Following a redirect would make another action of a change: a GET of the same address.
    const how = { method, headers, body, redirect: 'manual', signal: request.signal } as const;
    try {
      const response = await fetch(url, how);
      if (isStream) late.removeEventListener('abort', onAbort);
      if (isRedirect(response)) throw this.#redirected(response);
      if (!isAnswer(response)) throw await readProblem(response, this.#address, effect);
      return { response, failure, end };
    } catch (error) {
      end();
      throw error instanceof CoordinatorError ? error : failure(error);
    }
  }

  /** A change that was sent may have been done. */
  #lost(effect: Action['effect'], what: string, cause: unknown): CoordinatorError {
    const isOpen = effect !== 'reads' && !isUnsent(cause);
    return new CoordinatorError(
      isOpen ? 'OUTCOME_UNKNOWN' : 'QUEUE_UNAVAILABLE',
      `${this.#address} ${what}${isOpen ? '. It may have been done: look before you ask again' : ''}`,
      { cause },
    );
  }

  #redirected({ headers }: Response): CoordinatorError {
    const location = headers.get('location') ?? '';
    const to = URL.canParse(location, this.#base) ? new URL(location, this.#base).origin : '';
    return new CoordinatorError(
      'CONFIG_INVALID',
      `${this.#address} answers with a redirect${to && ` to ${to}`}, which is not followed: give the address of the server itself`,
    );
  }
}

/** An answer that has begun. */
interface Sent {
  readonly response: Response;
  /** What it means that the rest of it cannot be read. */
  readonly failure: (error: unknown) => CoordinatorError;
  /** Nothing more is read. */
  readonly end: () => void;
}

async function* lines({ response, failure, end }: Sent): AsyncGenerator<string> {
  try {
    yield* textLines(response.body ?? nothing());
  } catch (error) {
    throw failure(error);
  } finally {
    end();
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause ? error.cause : error;
}

/** A dry run changes nothing, whatever it is one of. */
function effectOf({ effect }: Action, input: object): Action['effect'] {
  return (input as { dryRun?: unknown }).dryRun === true ? 'reads' : effect;
}

/** Nobody was there to send it to. Browsers do not say so. */
function isUnsent(error: unknown): boolean {
  const { code } = (causeOf(error) ?? {}) as { code?: unknown };
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].includes(
    String(code),
  );
}

/** A browser shows nothing of one but its type. */
function isRedirect({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304);
}

/** Health says by its status what it says in its body: only problems are errors. */
function isAnswer({ ok, status, headers }: Response): boolean {
  return ok || (status === 503 && /^application\/json\b/.test(headers.get('content-type') ?? ''));
}

function nothing(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
