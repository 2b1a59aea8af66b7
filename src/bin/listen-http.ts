/**
 * Serves the HTTP face of a coordinator for `drover serve`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenHttp } from '../cli/serve.ts';
import { CoordinatorError } from '../errors.ts';
import { toNode } from '../http/adapters.ts';
import { http } from '../http/http.ts';

/** Resolves when it listens; rejects with Node's own error when it cannot. */
export const listenHttp: ListenHttp = async (coordinator, { host, port, basePath, login }) => {
  // Never served without the login that was asked for.
  if (login)
    throw new CoordinatorError('NOT_SUPPORTED', 'This version knows no logins: bind 127.0.0.1');
  const server = createServer(toNode(http(coordinator, { basePath })));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const { port: opened } = server.address() as AddressInfo;
  coordinator.attach({ name: 'http server', stop: () => void server.close() });
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${opened}${basePath}` };
};
