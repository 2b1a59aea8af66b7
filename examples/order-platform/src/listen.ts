/**
 * Opens the HTTP server on the wanted port, or on a free one when nobody asked for that port.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const USUAL_PORT = 3_000;

export interface Listening {
  /** Without a slash at the end. */
  readonly url: string;
  /** Refuses new connections, ends idle ones, and waits for the answers under way. */
  stop(): Promise<void>;
}

/** @param port `undefined`: 3000, or a free one when that is taken @throws when an asked-for port is taken */
export async function listen(
  app: RequestListener,
  { host, port }: { host: string; port: number | undefined },
): Promise<Listening> {
  const server = createServer(app);
  try {
    await open(server, host, port ?? USUAL_PORT);
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (port !== undefined || !isTaken) throw error;
    await open(server, host, 0);
  }
  const { address, family, port: opened } = server.address() as AddressInfo;
  const shown = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${shown}:${opened}`, stop: () => close(server) };
}

function open(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
