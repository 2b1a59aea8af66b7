/**
 * Speaks to a Redis over a socket of its own, for a moment: to a server that no client can be connected to, without a
 * password on purpose, or to a Sentinel.
 *
 * Sends what it is given and takes what comes, up to a deadline and a size. Never sends anything twice, and no error of it
 * holds what was sent.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Clock, systemClock } from '../base/clock.ts';

/** Where to. */
export interface RawTarget {
  readonly host: string;
  readonly port: number;
  /** Of a unix socket, instead. */
  readonly path?: string | undefined;
  /** Options of `tls.connect`; absent: no TLS. */
  readonly tls?: Readonly<Record<string, unknown>> | undefined;
}

/** How it ended. `text`: what came, in Latin-1. */
export interface RawAnswer {
  readonly isConnected: boolean;
  readonly text: string;
  /** Of the socket; null when there was none. */
  readonly error: (Error & { code?: string }) | null;
  /** Whether the deadline came before enough had come. */
  readonly isLate: boolean;
}

const MOST_BYTES = 65_536;
/** A server that takes nobody says so at once; what is sent to it meanwhile would reset the connection and lose that. */
const LISTEN_FIRST_MS = 50;

/** Sends `commands` and waits for as many replies. Never rejects. */
export function askRaw(
  target: RawTarget,
  commands: readonly (readonly string[])[],
  deadlineMs: number,
  clock: Clock = systemClock,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    let isConnected = false;
    let hasSent = false;
    let cancelSend = (): void => {};
    const socket = open(target);
    const end = (error: Error | null, isLate = false): void => {
      cancel();
      cancelSend();
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.destroy();
      resolve({ isConnected, text, error, isLate });
    };
    const cancel = clock.after(deadlineMs, () => end(null, true));
    socket.once(target.tls ? 'secureConnect' : 'connect', () => {
      isConnected = true;
      cancelSend = clock.after(LISTEN_FIRST_MS, () => {
        hasSent = true;
        for (const command of commands) socket.write(encode(command));
      });
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const isEnough =
        parseReplies(text).length >= (hasSent ? commands.length : 1) || text.length > MOST_BYTES;
      if (isEnough || isForeign(text)) end(null);
    });
    socket.on('error', (error) => end(error));
    socket.on('close', () => end(null));
  });
}

function open({ host, port, path, tls }: RawTarget): Socket {
  if (path !== undefined) return connect({ path });
  if (tls) return connectTls({ ...(isIP(host) === 0 && { servername: host }), ...tls, host, port });
  return connect({ host, port });
}

function encode(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join('')}`;
}

/** Whether something else than Redis speaks. */
export function isForeign(text: string): boolean {
  return text !== '' && !/^[+\-:$*_,#(%~>]/.test(text);
}

/** Complete replies of a text: strings, errors with their sign, lists. */
export function parseReplies(text: string): unknown[] {
  const replies: unknown[] = [];
  let at = 0;
  while (at < text.length) {
    const reply = parseReply(text, at);
    if (!reply) break;
    replies.push(reply.value);
    at = reply.end;
  }
  return replies;
}

function parseReply(text: string, start: number): { value: unknown; end: number } | undefined {
  const line = text.indexOf('\r\n', start);
  if (line < 0) return undefined;
  const head = text.slice(start + 1, line);
  let end = line + 2;
  if (text[start] === '$') {
    const length = Number(head);
    if (length < 0) return { value: null, end };
    if (text.length < end + length + 2) return undefined;
    return { value: text.slice(end, end + length), end: end + length + 2 };
  }
  if (text[start] !== '*')
    return { value: text.slice(text[start] === '-' ? start : start + 1, line), end };
  const list: unknown[] = [];
  for (let i = 0; i < Number(head); i += 1) {
    const item = parseReply(text, end);
    if (!item) return undefined;
    list.push(item.value);
    end = item.end;
  }
  return { value: list, end };
}
