/**
 * Serves the face by itself: a server that is closed in the stop order of its coordinator.
 *
 * It refuses to be reachable from other machines while nobody there can say who they are.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withDeadline } from '../base/wait.ts';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../errors.ts';
import { toNode } from './adapters.ts';
import { http } from './http.ts';
import type { HttpOptions } from './http-options.ts';

/** How long answers under way may take when it closes. */
const CLOSING_MS = 1_000;
const LOOK_EVERY_MS = 50;

/** Whoever sends slowly on purpose holds a connection no longer than this. */
const SLOWEST = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
} as const;
/** An answer that nobody takes goes, with its connection. A live stream says something every 15 s. */
const UNTAKEN_MS = 10 * 60_000;
/** More would take the files that Redis and the log need. */
const MOST_CONNECTIONS = 2_000;

/** Where to listen, and how the face is to be. */
export interface ListenOptions extends HttpOptions {
  /** Name or address to bind. @default '127.0.0.1' */
  readonly host?: string;
  /** 0: any that is free. @default 3000 */
  readonly port?: number;
}

/** A server that runs. */
export interface Listening {
  /** With the port and the base path. */
  readonly url: string;
  /** Takes no new connections and ends the open ones; also called when the coordinator stops. */
  close(): Promise<void>;
}

/** Resolves when the server listens. Rejects with CONFIG_INVALID, and with Node's own error when the port is taken. */
export async function listen(
  coordinator: Coordinator,
  options: ListenOptions = {},
): Promise<Listening> {
  const { host = '127.0.0.1', port = 3_000, ...faceOptions } = options;
  const face = http(coordinator, faceOptions);
  if (!face.isGuarded && !isLoopbackName(host))
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `Without authentication nothing is served at ${host}, where other machines can reach it: give the option \`access\`, or bind 127.0.0.1`,
    );
  const server = createServer(SLOWEST, toNode(face));
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = UNTAKEN_MS;
  await bind(server, host, port);
  const close = (): Promise<void> => {
    face.close();
    return end(server);
  };
  coordinator.attach({ name: 'http server', stop: close });
  const { port: opened } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  const base = (faceOptions.basePath ?? '').replace(/^\/+|\/+$/g, '');
  return { url: `http://${shown}:${opened}${base && `/${base}`}`, close };
}

/** Names that no other machine can reach. */
export function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Answers under way are short, and are let through; whatever is left after a moment is cut off. */
async function end(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // A connection is idle as soon as its answer is sent; clients would keep it for the next.
  for (let waited = 0; waited < CLOSING_MS; waited += LOOK_EVERY_MS) {
    server.closeIdleConnections();
    if ((await withDeadline(closed, LOOK_EVERY_MS)).settled) return;
  }
  server.closeAllConnections();
  await closed;
}
