/**
 * The five hosts that the HTTP face is mounted in, each as its own documentation would have it.
 *
 * Every host reads request bodies before anything else sees the request, and has two routes and a not-found
 * answer of its own; the face comes before them. Ended with the test.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Coordinator } from 'drover';
import { type HttpOptions, http, toExpress, toFastify, toKoa, toNode } from 'drover/http';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { onTestFinished } from 'vitest';

/** A kind of host. */
export interface Host {
  readonly name: string;
  /** Whether what the face does not own goes on to the host even when the face is mounted at the root. */
  readonly passesOn: boolean;
  /** Serves a coordinator's face under `basePath`; the origin, without a slash at its end. */
  mount(coordinator: Coordinator, basePath: string): Promise<string>;
}

/** What every host says where it has nothing. */
export const NOT_OURS = 'the host has nothing here';

const nodeHttp: Host = {
  name: 'node:http',
  passesOn: false,
  mount(coordinator, basePath) {
    const face = toNode(http(coordinator, { basePath }));
    const server = createServer(async (request, response) => {
      const { url = '/' } = request;
      const body = await readBody(request);
      Object.assign(request, { rawBody: Buffer.from(body) }); // For whoever reads it next.
      if (url === '/app/hello') response.end('hello');
      else if (url === '/app/echo') response.end(JSON.stringify(JSON.parse(body)));
      else if (url.startsWith(`${basePath}/`)) await face(request, response);
      else response.writeHead(404).end(NOT_OURS);
    });
    return listen(server);
  },
};

const expressHost: Host = {
  name: 'Express',
  passesOn: true,
  mount(coordinator, basePath) {
    const app = express();
    app.use(express.json());
    app.use(basePath || '/', toExpress(http(coordinator, { basePath })));
    app.get('/app/hello', (_request, response) => void response.send('hello'));
    app.post('/app/echo', (request, response) => void response.json(request.body));
    app.use((_request, response) => void response.status(404).send(NOT_OURS));
    return listen(createServer(app));
  },
};

const fastifyHost: Host = {
  name: 'Fastify',
  passesOn: false,
  async mount(coordinator, basePath) {
    const app = fastify();
    app.register(toFastify(http(coordinator, { basePath })), { prefix: basePath });
    app.get('/app/hello', async () => 'hello');
    app.post('/app/echo', async (request) => request.body);
    app.setNotFoundHandler((_request, reply) => reply.code(404).send(NOT_OURS));
    onTestFinished(async () => {
      app.server.closeAllConnections();
      await app.close();
    });
    return app.listen({ port: 0, host: '127.0.0.1' });
  },
};

const koaHost: Host = {
  name: 'Koa',
  passesOn: true,
  mount(coordinator, basePath) {
    const app = new Koa();
    app.use(async (context, next) => {
      context.state.body = await readBody(context.req);
      // Where body parsers for Koa leave it.
      if (context.state.body) Object.assign(context.request, { body: context.state.body });
      await next();
    });
    app.use(toKoa(http(coordinator, { basePath })));
    app.use(async (context) => {
      if (context.path === '/app/hello') context.body = 'hello';
      else if (context.path === '/app/echo') context.body = JSON.parse(context.state.body);
      else {
        context.status = 404;
        context.body = NOT_OURS;
      }
    });
    return listen(createServer(app.callback()));
  },
};

const honoHost: Host = {
  name: '@hono/node-server',
  passesOn: false,
  async mount(coordinator, basePath) {
    const { fetch } = http(coordinator, { basePath });
    const app = new Hono();
    app.use(async (context, next) => {
      if (context.req.method === 'POST') await context.req.raw.clone().text();
      await next();
    });
    app.get('/app/hello', (context) => context.text('hello'));
    app.post('/app/echo', async (context) => context.json(await context.req.json()));
    app.all(`${basePath}/*`, (context) => fetch(context.req.raw, context.env));
    app.notFound((context) => context.text(NOT_OURS, 404));
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    return listen(server);
  },
};

/** All of them. */
export const HOSTS: readonly Host[] = [nodeHttp, expressHost, fastifyHost, koaHost, honoHost];

/** The face alone on `node:http`, for stories that need one host only. */
export function serveFace(coordinator: Coordinator, options?: HttpOptions): Promise<string> {
  return listen(createServer(toNode(http(coordinator, options))));
}

async function listen(server: Server): Promise<string> {
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
