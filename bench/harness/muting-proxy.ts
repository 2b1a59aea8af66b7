/**
 * A network that can lose connections without a word: what is open falls silent for ever, what is new passes.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './redis.ts';

/** A running proxy. */
export interface MutingProxy extends AsyncDisposable {
  readonly url: string;
  /** From now on the open connections carry nothing, and neither side sees an end. */
  mute(): void;
}

/** Starts a proxy on a free loopback port. */
export async function startMutingProxy(targetPort: number): Promise<MutingProxy> {
  const sockets = new Set<Socket>();
  let era = 0;
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const born = era;
    const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const [source, target] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(source);
      source.setNoDelay(true);
      source.on('data', (bytes) => born === era && target.write(bytes));
      source.on('end', () => born === era && target.end());
      source.on('error', () => undefined); // 'close' follows
      source.on('close', () => {
        sockets.delete(source);
        if (born === era) target.destroy();
      });
    }
  });
  const port = await freePort();
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `redis://127.0.0.1:${port}`,
    mute: () => {
      era += 1;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
