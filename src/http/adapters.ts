/**
 * Mounts a fetch handler in hosts that do not speak fetch.
 *
 * Each adapter is a few lines over `@hono/node-server`. `overrideGlobalObjects` stays off, or it would
 * replace the application's own `Request` and `Response`.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { restoreBody } from './earlier-body.ts';
import type { HttpFace } from './http.ts';
import { HttpRefusal } from './http-refusal.ts';
import { toProblem, toProblemResponse } from './problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** A listener for `http.createServer`. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** For `node:http`: `createServer(toNode(face))`. */
export function toNode(face: HttpFace): NodeListener {
  const listen = getRequestListener(face.fetch, {
    overrideGlobalObjects: false,
    errorHandler: refuseUnreadable,
    hostname: 'localhost', // Probes that speak HTTP/1.0 send no Host.
  }) as NodeListener;
  return (request, response) => {
    restoreBody(request);
    return listen(request, response);
  };
}

/** What no request can be made of never gets to the face. */
function refuseUnreadable(): Response {
  const error = new HttpRefusal(400, 'its address or its Host header cannot be read');
  return toProblemResponse(toProblem(error, randomUUID()), SECURITY_HEADERS);
}

/**
 * For Express: `app.use(toExpress(face))`; mounted at a path, give `http` the same `basePath`. What the face
 * does not own goes on to the next handler.
 */
export function toExpress(
  face: HttpFace,
): (request: IncomingMessage, response: ServerResponse, next: () => void) => unknown {
  const listen = toNode(face);
  return (request, response, next) => {
    // Express strips the path it is mounted at; the face has it in its routes.
    const { originalUrl } = request as IncomingMessage & { originalUrl?: string };
    const url = originalUrl ?? request.url ?? '/';
    if (!face.owns(url.split('?')[0]!)) return next();
    request.url = url;
    return listen(request, response);
  };
}

interface FastifyLike {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    parse: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): unknown;
  route(options: {
    method: string[];
    url: string;
    handler: (request: { raw: IncomingMessage }, reply: FastifyReplyLike) => Promise<void>;
  }): unknown;
}
interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

/** For Fastify: `app.register(toFastify(face), { prefix })`, with the same `basePath` given to `http`. */
export function toFastify(
  face: HttpFace,
): (app: FastifyLike, options: object, done: () => void) => void {
  const listen = toNode(face);
  return (app, _options, done) => {
    // In the scope of this plugin only: the face reads bodies itself, and within its own bounds.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const url of ['/', '/*'])
      app.route({
        method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        url,
        handler: async (request, reply) => {
          reply.hijack();
          await listen(request.raw, reply.raw);
        },
      });
    done();
  };
}

interface KoaLike {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly path: string;
  /** A body parser keeps its result here. */
  readonly request?: { readonly body?: unknown };
  respond?: boolean;
}

/** For Koa: `app.use(toKoa(face))`. What the face does not own goes on to the next middleware. */
export function toKoa(
  face: HttpFace,
): (context: KoaLike, next: () => Promise<unknown>) => Promise<unknown> {
  const listen = toNode(face);
  return async (context, next) => {
    if (!face.owns(context.path)) return next();
    context.respond = false;
    context.res.statusCode = 200; // Koa presets 404.
    restoreBody(context.req, context.request?.body);
    return listen(context.req, context.res);
  };
}
