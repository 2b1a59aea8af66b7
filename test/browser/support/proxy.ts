/**
 * A reverse proxy as people put in front of the dashboard: it takes a prefix off the path and passes everything else on,
 * streams chunk by chunk. It counts the live streams that are open through it.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One that runs. */
export interface PrefixProxy {
  /** Where the dashboard is behind it, without a slash at its end. */
  readonly url: string;
  /** Live streams that are open now. */
  readonly openStreams: number;
  close(): Promise<void>;
}

/**
 * Starts one on a free port of this machine.
 *
 * @param target address of the dashboard itself
 * @param prefix with slashes around it: `/tools/queues/`; '/' takes nothing off
 */
export async function startPrefixProxy(target: string, prefix: string): Promise<PrefixProxy> {
  const streams = new Set<ServerResponse>();
  const server = createServer((incoming, outgoing) => {
    if (!incoming.url!.startsWith(prefix)) return void outgoing.writeHead(404).end();
    const path = `/${incoming.url!.slice(prefix.length)}`;
    const passed = request(`${target}${path}`, {
      ...{ method: incoming.method, headers: forwarded(incoming), agent: false },
    });
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      outgoing.flushHeaders();
      if (/^text\/event-stream/.test(answer.headers['content-type'] ?? '')) streams.add(outgoing);
      answer.on('error', () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    passed.on('error', () => (outgoing.headersSent ? outgoing.destroy() : badGateway(outgoing)));
    outgoing.on('close', () => {
      streams.delete(outgoing);
      passed.destroy();
    });
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix.replace(/\/$/, '')}`,
    get openStreams() {
      return streams.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The host stays the one that the browser asked for: by it a page is told from another site's. */
function forwarded({ headers, socket }: IncomingMessage): IncomingMessage['headers'] {
  return { ...headers, 'x-forwarded-for': socket.remoteAddress };
}

function badGateway(outgoing: ServerResponse): void {
  outgoing.writeHead(502, { 'content-type': 'text/plain' }).end('the server is not there');
}
