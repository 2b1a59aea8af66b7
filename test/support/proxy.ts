/**
 * A network between a client and a server that can be made to fail: cut, refuse, fall silent, slow down.
 *
 * Clients connect to `port`, the proxy to `target`. It knows nothing of Redis. Everything but `mode`
 * `refuse` is done to established connections too.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { type Flow, Link } from './link.ts';

/**
 * `pass` · `refuse`: nothing listens, established connections live on (see `cut`) · `blackhole`: the
 * established connections fall silent for ever, no data and no end in either direction, while new ones
 * pass · `silence`: the same, and new ones are accepted and hear nothing either. No mode brings a silent
 * connection back.
 */
export type ProxyMode = 'pass' | 'refuse' | 'blackhole' | 'silence';

/** Who sent a chunk. */
export type Sender = 'client' | 'server';

/** Where to, and who listens in. */
export interface ProxyOptions {
  readonly target: { readonly host?: string; readonly port: number };
  /** Sees every chunk as it arrives, before delay and limit. */
  readonly onData?: (chunk: Buffer, from: Sender) => void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly toServer: Flow;
  readonly toClient: Flow;
  /** Set when a request was picked by `cutReply`: called by the first byte of an answer. */
  cut?: () => void;
}

interface ReplyCut {
  readonly after: (bytesFromClient: Buffer) => boolean;
  readonly done: () => void;
}

/** Starts a proxy on a free loopback port. */
export async function startProxy(options: ProxyOptions): Promise<TcpProxy> {
  const proxy = new TcpProxy(options, await freePort());
  await proxy.listen();
  return proxy;
}

/** Made by `startProxy`. */
export class TcpProxy {
  readonly host: string = '127.0.0.1';
  readonly port: number;
  readonly url: string;
  readonly #onData: ProxyOptions['onData'];
  readonly #pairs = new Set<Pair>();
  readonly #links = { toServer: new Link(), toClient: new Link() };
  #target: { host: string; port: number };
  #listener: Server | undefined;
  #mode: ProxyMode = 'pass';
  #replyCut: ReplyCut | undefined;

  constructor({ target, onData }: ProxyOptions, port: number) {
    this.#target = { host: '127.0.0.1', ...target };
    this.#onData = onData;
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  set mode(mode: ProxyMode) {
    this.#mode = mode;
    if (mode === 'blackhole' || mode === 'silence') {
      for (const pair of this.#pairs) mute(pair);
    }
    if (mode === 'refuse') {
      this.#listener?.close();
      this.#listener = undefined;
    } else {
      void this.listen();
    }
  }

  /** Listens if it does not yet; `mode` calls it. */
  async listen(): Promise<void> {
    if (this.#listener) return;
    const listener = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    this.#listener = listener;
    listener.listen(this.port, this.host);
    await once(listener, 'listening');
  }

  /** Resets all connections, but not those that a black hole has swallowed. */
  cut(): void {
    for (const pair of this.#pairs) if (!isMute(pair)) reset(pair);
  }

  /** Ends silent connections, as the keepalive of the server would do after minutes. */
  buryTheSilent(): void {
    for (const pair of this.#pairs) if (isMute(pair)) reset(pair);
  }

  /** Latency of each direction. */
  delay(ms: number): void {
    this.#links.toServer.delayMs = ms;
    this.#links.toClient.delayMs = ms;
  }

  /** Bandwidth of each direction, shared fairly by all connections; `Infinity` lifts the limit. */
  limit(bytesPerSecond: number): void {
    for (const link of Object.values(this.#links)) {
      link.bytesPerSecond = bytesPerSecond;
      link.pump();
    }
  }

  /** Sends new connections elsewhere, as a failover by DNS does; established ones stay. */
  retarget(target: { readonly host?: string; readonly port: number }): void {
    this.#target = { ...this.#target, ...target };
  }

  /**
   * Loses one reply: the first chunk from a client that `after` accepts still reaches the server, and its
   * connection is reset as soon as the server answers, before the client sees a byte of it.
   *
   * @returns when that has happened: the server has then executed the request
   */
  cutReply({ after }: { after: (bytesFromClient: Buffer) => boolean }): Promise<void> {
    return new Promise((done) => {
      this.#replyCut = { after, done };
    });
  }

  /** How many connections are open and not swallowed by a black hole. */
  connections(): number {
    return [...this.#pairs].filter((pair) => !isMute(pair)).length;
  }

  /** Ends everything, silent connections included. May be called again. */
  async close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    for (const pair of this.#pairs) reset(pair);
    if (listener) {
      listener.close();
      await once(listener, 'close');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true });
    const pair: Pair = {
      client,
      server,
      toServer: this.#links.toServer.join(client, server),
      toClient: this.#links.toClient.join(server, client),
    };
    this.#pairs.add(pair);
    client.setNoDelay(true);
    server.setNoDelay(true);
    if (this.#mode === 'silence') mute(pair);

    client.on('data', (chunk: Buffer) => this.#fromClient(pair, chunk));
    server.on('data', (chunk: Buffer) => this.#fromServer(pair, chunk));
    client.on('end', () => pair.toServer.end());
    server.on('end', () => pair.toClient.end());
    for (const socket of [client, server]) {
      socket.on('error', () => undefined); // 'close' follows
      socket.on('close', (hadError: boolean) => this.#closed(pair, hadError));
    }
  }

  #fromClient(pair: Pair, chunk: Buffer): void {
    this.#onData?.(chunk, 'client');
    if (this.#replyCut?.after(chunk)) {
      const { done } = this.#replyCut;
      this.#replyCut = undefined;
      pair.toClient.isMute = true;
      pair.cut = () => {
        // The server's side ends in order: a reset could throw away what it has not read yet.
        pair.server.end();
        pair.client.resetAndDestroy();
        done();
      };
    }
    pair.toServer.push(chunk);
  }

  #fromServer(pair: Pair, chunk: Buffer): void {
    this.#onData?.(chunk, 'server');
    const { cut } = pair;
    delete pair.cut;
    cut?.();
    pair.toClient.push(chunk);
  }

  #closed(pair: Pair, hadError: boolean): void {
    const isOver = pair.client.destroyed && pair.server.destroyed;
    // In a black hole the other side never hears of it.
    if (hadError && !isOver && !isMute(pair)) reset(pair);
    if (!isOver) return;
    this.#pairs.delete(pair);
    this.#links.toServer.leave(pair.toServer);
    this.#links.toClient.leave(pair.toClient);
  }
}

function mute(pair: Pair): void {
  pair.toServer.isMute = true;
  pair.toClient.isMute = true;
}

function isMute(pair: Pair): boolean {
  return pair.toServer.isMute && pair.toClient.isMute;
}

function reset(pair: Pair): void {
  pair.client.resetAndDestroy();
  pair.server.resetAndDestroy();
}
