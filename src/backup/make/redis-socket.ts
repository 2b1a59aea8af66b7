/**
 * A connection to Redis for a backup: one socket, commands one after the other, and then bytes.
 *
 * Not a client of ioredis: that one cannot read what a server sends to a replica. It never connects again by itself; what
 * was begun on it has failed with it. The password is sent and shown to nobody.
 */
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { type Clock, systemClock } from '../../base/clock.ts';
import { formatDuration } from '../../base/units.ts';
import { withDeadline } from '../../base/wait.ts';
import type { RedisAddress } from '../../config/redis-address.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { ByteReader, type Reply, ReplyError } from './byte-reader.ts';

/** How long is waited. */
export interface SocketOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the connection to be made. @default 10 s */
  readonly connectMs?: number | undefined;
  /** For anything to come, while something is awaited. @default 60 s */
  readonly silenceMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** What is read of the options of ioredis. */
interface Target {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: ConnectionOptions;
  readonly sentinels?: unknown;
}

const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;

/** Connects, says who it is and chooses the database. Throws QUEUE_UNAVAILABLE when that is not possible. */
export async function openSocket(
  address: RedisAddress,
  options: SocketOptions = {},
): Promise<RedisSocket> {
  const target: Target = address.client;
  if (target.sentinels)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      'A backup is made of one server: give the address of the primary itself, or of a replica, in place of Sentinels',
    );
  const socket = new RedisSocket(target, whereOf(address), options);
  try {
    await socket.open();
    return socket;
  } catch (error) {
    socket.close();
    options.signal?.throwIfAborted();
    if (error instanceof CoordinatorError && error.code !== 'BACKUP_FAILED') throw error;
    throw new CoordinatorError(
      'QUEUE_UNAVAILABLE',
      `Redis at ${whereOf(address)} cannot be reached: ${whyOf(error, target)}`,
      { cause: error },
    );
  }
}

function whyOf(error: unknown, { tls }: Target): string {
  const why = messageOf((error as Error).cause ?? error);
  // A server with TLS hangs up on whoever speaks without it.
  const isHungUp = !tls && /ECONNRESET|EPIPE|closed the connection/.test(why);
  return isHungUp ? `${why}, as where TLS (SSL) is spoken and the address does not say so` : why;
}

/** An address as it may be shown. */
export function whereOf({ host, port, client }: RedisAddress): string {
  return client.path ? String(client.path) : `${host}:${port}`;
}

/** Made by `openSocket`. */
export class RedisSocket {
  readonly where: string;
  readonly bytes: ByteReader = new ByteReader(() => this.#next());
  readonly #target: Target;
  readonly #options: SocketOptions;
  readonly #socket: Socket;
  readonly #incoming: AsyncIterator<Buffer>;
  readonly #abort = (): void => this.close();

  constructor(target: Target, where: string, options: SocketOptions) {
    this.#target = target;
    this.where = where;
    this.#options = options;
    this.#socket = startSocket(target);
    this.#socket.setNoDelay(true);
    this.#incoming = this.#socket[Symbol.asyncIterator]();
    this.#socket.on('error', () => {}); // Told to whoever reads next.
    options.signal?.addEventListener('abort', this.#abort, { once: true });
    if (options.signal?.aborted) this.close();
  }

  async open(): Promise<void> {
    const { connectMs = CONNECT_MS, clock = systemClock } = this.#options;
    const { tls, username, password, db = 0 } = this.#target;
    const ready = once(this.#socket, tls ? 'secureConnect' : 'connect');
    const made = await withDeadline(ready, connectMs, clock);
    if (!made.settled)
      throw new Error(`no ${tls ? 'SSL ' : ''}connection within ${formatDuration(connectMs)}`);
    if (password !== undefined)
      await this.command(...['AUTH', ...(username ? [username] : []), password]);
    const [pong] = await this.commands([['PING']]);
    // One that is loading can be asked how long it still takes.
    if (pong instanceof ReplyError && !/^(?:LOADING|MASTERDOWN|BUSY|MISCONF)/.test(pong.message))
      throw pong;
    if (db !== 0) await this.command('SELECT', String(db));
  }

  /** Sends one and waits for its reply. Rejects with `ReplyError` when that says no. */
  async command(...words: string[]): Promise<Reply> {
    const [reply] = await this.commands([words]);
    if (reply instanceof ReplyError) throw reply;
    return reply!;
  }

  /** Sends several at once; replies that say no are among the replies. */
  async commands(commands: readonly (readonly string[])[]): Promise<(Reply | ReplyError)[]> {
    this.send(commands);
    const replies: (Reply | ReplyError)[] = [];
    for (const _ of commands) {
      try {
        replies.push(await this.bytes.reply());
      } catch (error) {
        if (!(error instanceof ReplyError)) throw this.#failed(error);
        replies.push(error);
      }
    }
    return replies;
  }

  /** Sends without waiting. */
  send(commands: readonly (readonly string[])[]): void {
    this.#socket.write(commands.map(encoded).join(''));
  }

  /** At once; what is read afterwards fails. May be called again. */
  close(): void {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#socket.destroy();
  }

  async #next(): Promise<Buffer> {
    const { silenceMs = SILENCE_MS, clock = systemClock, signal } = this.#options;
    try {
      const came = await withDeadline(this.#incoming.next(), silenceMs, clock);
      if (!came.settled) throw new Error(`it has said nothing for ${formatDuration(silenceMs)}`);
      if (came.value.done) throw new Error('it closed the connection');
      return came.value.value;
    } catch (error) {
      signal?.throwIfAborted();
      this.close();
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): unknown {
    if (error instanceof CoordinatorError || this.#options.signal?.aborted) return error;
    return new CoordinatorError(
      'BACKUP_FAILED',
      `Redis at ${this.where} did not go on: ${messageOf(error)}. Nothing of this backup was kept`,
      { cause: error },
    );
  }
}

function startSocket({ host = 'localhost', port = 6379, path, tls }: Target): Socket {
  const where = path === undefined ? { host, port } : { path };
  if (!tls) return connect(where);
  // A certificate is checked against this name; an IP address is checked without.
  const name = path === undefined && isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...where, ...name, ...tls });
}

function encoded(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join('')}`;
}
