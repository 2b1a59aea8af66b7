/**
 * The HTTP face: one fetch handler over the control surface of a coordinator.
 *
 * It decides nothing that an action decides. A request passes in this order: route → who sends it → where it comes from
 * → input → the gate → answer. What no route is for may be a page of the dashboard. Whatever goes wrong on the way is
 * told as a problem, and what nobody foresaw is told to the log.
 */
import { randomUUID } from 'node:crypto';
import type { AccessFacts } from '../access/access-options.ts';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { Caller } from '../operations/control-surface.ts';
import { HANDLERS } from '../operations/handlers.ts';
import { createAdmission } from './admission.ts';
import { toAnswer } from './answer.ts';
import { toIndex } from './api-index.ts';
import { judgeOrigin } from './cross-site.ts';
import { breakOff, peerAddress, peerVersion } from './host-connection.ts';
import { type HttpOptions, resolveHttpOptions } from './http-options.ts';
import { HttpRefusal } from './http-refusal.ts';
import { OpenStreams } from './open-streams.ts';
import { toOpenApi } from './openapi.ts';
import { readPages } from './pages/built-pages.ts';
import { isPage } from './pages/page-paths.ts';
import { createPages } from './pages/pages.ts';
import { isUnforeseen, toProblem, toProblemResponse } from './problem.ts';
import { toInput } from './request-input.ts';
import { type Found, INDEX_PATH, type Route, RouteTable } from './routes.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const NO_STORE = { 'Cache-Control': 'no-store' } as const;

/** One fetch handler: mounts in anything that knows fetch, and by the adapters in everything else. */
export interface HttpFace {
  /**
   * Needs no `this`: `serve({ fetch: http(coordinator).fetch })`.
   *
   * @param host what `@hono/node-server` hands on, and Hono as `context.env`: it tells whose connection it is
   */
  readonly fetch: (request: Request, host?: unknown) => Promise<Response>;
  /** Whether a path is answered here: all below `basePath`, and without one only the routes. */
  readonly owns: (path: string) => boolean;
  /** Whether others than this machine can say who they are. */
  readonly isGuarded: boolean;
  /** Ends the streams that are open, and lets none begin; also done when the coordinator stops. */
  readonly close: () => void;
}

/** Live streams: whoever makes their events has a bound of its own, for each viewer. */
const MOST_LIVE = 1_000;
/** Exports: each holds a part of what it carries away for as long as its reader takes. */
const MOST_EXPORTS = 20;

/** One request on its way. */
interface Passage {
  readonly request: Request;
  readonly host: unknown;
  readonly correlationId: string;
}

/** The HTTP face of a coordinator. Throws CONFIG_INVALID. */
export function http(coordinator: Coordinator, options: HttpOptions = {}): HttpFace {
  const resolved = resolveHttpOptions(options);
  const { basePath, readOnly, bodyLimit, publicOrigin, publicPath, dashboard } = resolved;
  const { control } = coordinator;
  const admission = createAdmission(coordinator, options, resolved.open);
  const table = new RouteTable();
  const built = dashboard && readPages(dashboard.directory);
  const pages =
    built &&
    createPages({
      ...{ built, basePath, publicPath },
      settings: {
        environment: dashboard.environment ?? null,
        signIn: admission.signIn,
        isReadOnly: readOnly || control.isReadOnly,
      },
    });
  const live = new OpenStreams(MOST_LIVE);
  const exports = new OpenStreams(MOST_EXPORTS);
  const close = (): void => {
    live.stop();
    exports.stop();
  };
  coordinator.attach({ name: 'http', stop: close });

  const refuseForeign = ({ method, headers }: Request, url: URL): void => {
    const foreign = judgeOrigin({ method, headers, ownOrigin: publicOrigin ?? url.origin });
    if (foreign !== null) throw new CoordinatorError('FORBIDDEN', foreign);
  };

  const factsOf = ({ request, host }: Passage): AccessFacts => ({
    ...{ headers: request.headers, request },
    ...{ address: peerAddress(host), httpVersion: peerVersion(host) },
  });

  /** What is at a path that no route is for. */
  const passOn = async (passage: Passage, url: URL): Promise<Response> => {
    const { request } = passage;
    const path = within(basePath, url.pathname);
    const admit = () => admission.admit('index', factsOf(passage));
    const page = pages && (await pages({ request, url, path, admit }));
    if (!page)
      throw nothingAt(url.pathname, basePath, dashboard !== null && !pages && isPage(path));
    refuseForeign(request, url);
    return page;
  };

  const pass = async (passage: Passage, found: Found | undefined, url: URL): Promise<Response> => {
    const { request, correlationId } = passage;
    if (!found) return passOn(passage, url);
    if (typeof found === 'object' && 'allow' in found)
      throw notAllowed(request.method, found.allow);
    const name = typeof found === 'string' ? found : found.route.name;
    const facts = factsOf(passage);
    const { address } = facts;
    const principal = await admission.admit(name, facts);
    refuseForeign(request, url);
    if (found === 'index') return Response.json(toIndex(basePath), { headers: NO_STORE });
    if (found === 'openapi') return Response.json(toOpenApi({ basePath }), { headers: NO_STORE });
    const { route } = found;
    refuseUnable(route, readOnly);
    const query = url.search.slice(1);
    const input = await toInput({ ...found, request, query }, bodyLimit);
    const stream =
      route.action.answers === 'events'
        ? live.open(request.signal)
        : route.action.answers === 'lines'
          ? exports.open(request.signal)
          : { signal: request.signal, close: () => {} };
    try {
      const { signal } = stream;
      const caller: Caller | null = principal && { principal, address, correlationId, signal };
      const output = await control.call(route.name, input, caller);
      const onError = (error: unknown): boolean => {
        tell(error, route, correlationId);
        return breakOff(passage.host);
      };
      const expel = async () => principal && admission.expel(principal, facts);
      return await toAnswer(route, output, { request, ...stream, expel, onError });
    } catch (error) {
      stream.close();
      throw error;
    }
  };

  const tell = (error: unknown, route: Route | null, correlationId: string): void => {
    if (!isUnforeseen(error)) return;
    control.announce('http.failed', {
      route: route?.action.route ?? 'A request',
      message: messageOf(error),
      stack: error instanceof Error ? (error.stack ?? null) : null,
      correlationId,
    });
  };

  const fetch = async (request: Request, host?: unknown): Promise<Response> => {
    const correlationId = correlationIdOf(request.headers);
    let found: Found | undefined;
    let response: Response;
    try {
      const url = new URL(request.url);
      found = table.find(request.method, within(basePath, url.pathname));
      response = await pass({ request, host, correlationId }, found, url);
    } catch (error) {
      const route = typeof found === 'object' && 'route' in found ? found.route : null;
      tell(error, route, correlationId);
      response = refuse(error, correlationId, admission.challenge(request.headers));
    }
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
    response.headers.set('X-Request-Id', correlationId);
    return request.method === 'HEAD' ? withoutBody(response) : response;
  };

  return {
    ...{ fetch, close },
    isGuarded: admission.isGuarded,
    owns: (path) =>
      basePath === ''
        ? table.find('GET', path) !== undefined
        : path === basePath || path.startsWith(`${basePath}/`),
  };
}

/** The path below `basePath`; nothing is at the empty path, which stands for one outside of it. */
function within(basePath: string, path: string): string {
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : '';
}

/** What this process or this face cannot do at all. */
function refuseUnable({ name, action }: Route, readOnly: boolean): void {
  if (!HANDLERS[name])
    throw new CoordinatorError(
      'NOT_SUPPORTED',
      `The action "${name}" is not there in this version`,
    );
  if (readOnly && action.effect !== 'reads')
    throw new CoordinatorError('READ_ONLY', 'Nothing can be changed here: this face only shows');
}

function nothingAt(path: string, basePath: string, isUnbuilt: boolean): CoordinatorError {
  const why = isUnbuilt ? ' (the dashboard is not built: `npm run build`)' : '';
  const message = `There is nothing at ${path}${why}: ${basePath}${INDEX_PATH} says what there is`;
  return new CoordinatorError('NOT_FOUND', message);
}

function notAllowed(method: string, allow: readonly string[]): HttpRefusal {
  const headers = { Allow: allow.join(', ') };
  return new HttpRefusal(405, `${method} is not for this: ${allow.join(', ')}`, headers);
}

function refuse(error: unknown, correlationId: string, challenge: string): Response {
  const problem = toProblem(error, correlationId);
  return toProblemResponse(problem, {
    ...(error instanceof HttpRefusal && error.headers),
    ...(problem.status === 401 && { 'WWW-Authenticate': challenge }),
  });
}

/** The client's own, when it is one that can stand in a log. */
function correlationIdOf(headers: Headers): string {
  const given = headers.get('x-request-id') ?? '';
  return /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
}

function withoutBody(response: Response): Response {
  const { status, headers } = response;
  void response.body?.cancel().catch(() => {});
  return new Response(null, { status, headers });
}
