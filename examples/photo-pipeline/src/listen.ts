/**
 * Opens the HTTP server on the wanted port, or on a free one when nobody asked for that port.
 */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { App } from './server.ts';

const USUAL_PORT = 3_000;

export interface Listening {
  /** `http://127.0.0.1:3000`, without a slash at the end. */
  readonly url: string;
  /** Refuses new connections, ends idle ones, and waits for the answers under way. */
  stop(): Promise<void>;
}

/** @param port  `undefined`: 3000, or a free one when that is taken @throws when an asked-for port is taken */
export async function listen(
  app: App,
  { host, port }: { host: string; port: number | undefined },
): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch });
  try {
    await open(server, host, port ?? USUAL_PORT);
  } catch (error) {
    if (port !== undefined || !isTaken(error)) throw error;
    await open(server, host, 0);
  }
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${shown}:${address.port}`, stop: () => close(server) };
}

function open(server: ServerType, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
