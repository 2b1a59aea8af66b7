/**
 * A slow network between clients and a server: latency, and a bandwidth that all connections share.
 *
 * Each direction is a link of its own. Bytes wait in one queue per connection and leave in small slices in
 * turn, so a connection with much to send slows the others down but does not lock them out. A full queue
 * pauses its source: the sender feels the slow link, and nothing piles up here.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { monotonicMs } from './clock.ts';
import { freePort } from './redis.ts';

const SLICE_BYTES = 4 * 1024;
const FULL_BYTES = 64 * 1024;
/** How much unused bandwidth is saved up: as long as a timer may be late. */
const CREDIT_MS = 20;

/** What the network is like. */
export interface ProxyOptions {
  readonly targetPort: number;
  /** Of each direction; @default unlimited */
  readonly bytesPerSecond?: number;
  /** Of each direction; @default 0 */
  readonly delayMs?: number;
}

/** A running proxy. */
export interface ThrottledProxy extends AsyncDisposable {
  readonly url: string;
  /** How often the talk has turned from the server to a client: one per round trip of one caller. */
  turns(): number;
}

/** Starts a proxy on a free loopback port. */
export async function startProxy(options: ProxyOptions): Promise<ThrottledProxy> {
  const toServer = new Link(options);
  const toClient = new Link(options);
  const sockets = new Set<Socket>();
  let turns = 0;

  const listener = createServer((client) => {
    const server = connect({ port: options.targetPort, host: '127.0.0.1' });
    let isServersTurn = false;
    for (const [source, target] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(source);
      source.setNoDelay(true);
      source.on('error', () => target.destroy());
      source.on('close', () => {
        sockets.delete(source);
        target.destroy();
      });
    }
    client.on('data', () => {
      if (!isServersTurn) turns += 1;
      isServersTurn = true;
    });
    server.on('data', () => {
      isServersTurn = false;
    });
    toServer.join(client, server);
    toClient.join(server, client);
  });
  const port = await freePort();
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `redis://127.0.0.1:${port}`,
    turns: () => turns,
    [Symbol.asyncDispose]: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** One direction of the network. */
class Link {
  readonly #bytesPerSecond: number;
  readonly #delayMs: number;
  readonly #flows: Flow[] = [];
  #turn = 0;
  #credit = 0;
  #creditedAt: number = monotonicMs();
  #timer: NodeJS.Timeout | undefined;

  constructor({ bytesPerSecond = Number.POSITIVE_INFINITY, delayMs = 0 }: ProxyOptions) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#delayMs = delayMs;
  }

  join(source: Socket, target: Socket): void {
    const flow = new Flow(source, target);
    this.#flows.push(flow);
    source.on('data', (bytes: Buffer) => {
      flow.push(bytes, monotonicMs() + this.#delayMs);
      this.#pump();
    });
    target.on('drain', () => this.#pump());
    source.on('close', () => this.#flows.splice(this.#flows.indexOf(flow), 1));
  }

  #pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#earnCredit();
    const now = monotonicMs();
    // Ends when every flow in turn had nothing to send.
    for (let idle = 0; this.#credit > 0 && idle < this.#flows.length; ) {
      this.#turn = (this.#turn + 1) % this.#flows.length;
      const sentBytes = this.#flows[this.#turn]!.send(now);
      this.#credit -= sentBytes;
      idle = sentBytes === 0 ? idle + 1 : 0;
    }
    this.#comeBack(now);
  }

  #earnCredit(): void {
    const now = monotonicMs();
    const earned = ((now - this.#creditedAt) / 1_000) * this.#bytesPerSecond;
    this.#creditedAt = now;
    const most = (CREDIT_MS / 1_000) * this.#bytesPerSecond;
    this.#credit = Number.isFinite(most) ? Math.min(this.#credit + earned, most) : most;
  }

  #comeBack(now: number): void {
    const dueAt = Math.min(...this.#flows.map((flow) => flow.dueAt));
    if (!Number.isFinite(dueAt)) return;
    this.#timer = setTimeout(() => this.#pump(), Math.max(1, dueAt - now));
  }
}

/** The bytes of one connection that wait for the link. */
class Flow {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #chunks: { bytes: Buffer; dueAt: number }[] = [];
  #queuedBytes = 0;

  constructor(source: Socket, target: Socket) {
    this.#source = source;
    this.#target = target;
  }

  /** When the next byte may leave; infinite when none waits or the target takes none. */
  get dueAt(): number {
    const isBlocked = this.#target.writableNeedDrain || this.#target.destroyed;
    return (isBlocked ? undefined : this.#chunks[0]?.dueAt) ?? Number.POSITIVE_INFINITY;
  }

  push(bytes: Buffer, dueAt: number): void {
    this.#chunks.push({ bytes, dueAt });
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > FULL_BYTES) this.#source.pause();
  }

  /** Sends one slice of what is due; returns its length. */
  send(now: number): number {
    if (this.dueAt > now) return 0;
    const head = this.#chunks[0]!;
    const slice = head.bytes.subarray(0, SLICE_BYTES);
    head.bytes = head.bytes.subarray(slice.length);
    if (head.bytes.length === 0) this.#chunks.shift();
    this.#queuedBytes -= slice.length;
    this.#target.write(slice);
    if (this.#queuedBytes <= FULL_BYTES / 2 && this.#source.isPaused()) this.#source.resume();
    return slice.length;
  }
}
