// @ts-check
/**
 * A loopback port that nothing listens on.
 *
 * Taken from 20000–32000, below the range from which systems hand out ports to outgoing connections
 * (from 32768 on Linux, 49152 on macOS). A port from that range could be taken by any client while a
 * server restarts, and a client that retries long enough connects to itself.
 */
import { createServer } from 'node:net';

const FIRST = 20_000;
const COUNT = 12_000;

/** @returns {Promise<number>} */
export async function freePort() {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${FIRST} and ${FIRST + COUNT}`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
