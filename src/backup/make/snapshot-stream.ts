/**
 * A snapshot of a running Redis, as it sends one to a replica: consistent, without access to its files.
 *
 * The server forks and sends what it holds at that moment, announced by its length, or, when it writes to no disk of its
 * own, ended by a mark. Asked for the snapshot alone, a server since 7.0 holds back nothing of what is written meanwhile;
 * an older one holds it in the output buffer of this connection, up to `client-output-buffer-limit replica`. The
 * connection is closed with the last byte and never acknowledges anything: Redis forgets it.
 */
import type { RedisAddress } from '../../config/redis-address.ts';
import { CoordinatorError } from '../../errors.ts';
import { type BackupInfo, parseBackupInfo } from './backup-info.ts';
import { type ByteReader, notRedis, ReplyError } from './byte-reader.ts';
import { openSocket, type RedisSocket, type SocketOptions } from './redis-socket.ts';

/** A snapshot that has begun. */
export interface Snapshot {
  /** Of the stream of writes, and the snapshot's place in it. */
  readonly streamId: string;
  readonly offset: number;
  /** Of the RDB format. */
  readonly rdbVersion: number;
  /** Null: known at its end. */
  readonly bytes: number | null;
  /** To be read once. Rejects with BACKUP_FAILED when it breaks off. */
  readonly content: AsyncIterable<Uint8Array>;
  close(): void;
}

const HEAD_BYTES = 9;
const CAPABILITIES: readonly (readonly string[])[] = [
  ['REPLCONF', 'capa', 'eof', 'capa', 'psync2'],
  // Unknown before 7.0, where it is refused and nothing is lost but memory.
  ['REPLCONF', 'rdb-only', '1'],
];

/**
 * Has a server begin one. Throws QUEUE_UNAVAILABLE and BACKUP_FAILED.
 *
 * @param begun called when the server has forked: what is written from then on is not in it
 */
export async function openSnapshot(
  address: RedisAddress,
  options: SocketOptions = {},
  begun: () => void = () => {},
): Promise<Snapshot> {
  const socket = await openSocket(address, options);
  try {
    return await begin(socket, begun);
  } catch (error) {
    socket.close();
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** What a server says of itself. Throws BACKUP_FAILED when it cannot be backed up now. */
export async function askInfo(socket: RedisSocket): Promise<BackupInfo> {
  try {
    const info = parseBackupInfo(String(await socket.command('INFO')));
    if (info.isLoading) throw loading(socket.where, info.loadingSeconds);
    return info;
  } catch (error) {
    throw refused(error, socket.where);
  }
}

async function begin(socket: RedisSocket, begun: () => void): Promise<Snapshot> {
  const { bytes: reader, where } = socket;
  await socket.commands(CAPABILITIES);
  socket.send([['PSYNC', '?', '-1']]);
  const [, streamId = '', offset = ''] = await fullResync(reader, where);
  begun();
  const announced = await lineAfterBreaks(reader);
  const length = lengthOf(announced);
  const mark = /^\$EOF:(.{40})$/s.exec(announced)?.[1];
  if (length === null && mark === undefined) throw unexpected(announced, where);
  const head = await reader.exactly(HEAD_BYTES);
  const rdbVersion = Number(/^(?:REDIS|VALKEY)(\d+)$/.exec(head.toString('latin1'))?.[1]);
  if (!Number.isInteger(rdbVersion)) throw unexpected(head.toString('latin1'), where);
  const rest = length === null ? reader.upTo(Buffer.from(mark!, 'latin1')) : sized(reader, length);
  return {
    ...{ streamId, offset: Number(offset), rdbVersion, bytes: length },
    content: contentOf(head, rest, socket),
    close: () => socket.close(),
  };
}

async function* contentOf(
  head: Buffer,
  rest: AsyncIterable<Uint8Array>,
  socket: RedisSocket,
): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    yield* rest;
  } finally {
    socket.close();
  }
}

/** The server waits until it forks; meanwhile it shows with line breaks that it lives. */
async function lineAfterBreaks(reader: ByteReader): Promise<string> {
  for (;;) {
    const line = await reader.line();
    if (line !== '') return line;
  }
}

async function fullResync(reader: ByteReader, where: string): Promise<readonly string[]> {
  const line = await lineAfterBreaks(reader);
  if (line.startsWith('-')) throw refused(new ReplyError(line.slice(1)), where);
  const found = /^\+FULLRESYNC ([0-9a-f]{40}) (\d+)$/.exec(line);
  if (!found) throw unexpected(line, where);
  return found;
}

function lengthOf(announced: string): number | null {
  const found = /^\$(\d+)$/.exec(announced);
  return found && Number(found[1]);
}

async function* sized(reader: ByteReader, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length - HEAD_BYTES; left > 0; ) {
    const chunk = await reader.some(left);
    left -= chunk.length;
    yield chunk;
  }
}

/** Whether this is one shard of several; null when the server does not let itself be asked. */
export async function shardsOf(socket: RedisSocket): Promise<number | null> {
  const [reply] = await socket.commands([['CLUSTER', 'INFO']]);
  const size = typeof reply === 'string' ? /^cluster_size:(\d+)/m.exec(reply)?.[1] : undefined;
  return size === undefined ? null : Number(size);
}

/** What a refusal means and what to do. */
function refused(error: unknown, where: string): unknown {
  if (!(error instanceof ReplyError)) return error;
  const text = error.message;
  const [, says] = REFUSALS.find(([said]) => said.test(text)) ?? [];
  return new CoordinatorError(
    'BACKUP_FAILED',
    `Redis at ${where} gives no snapshot: ${text}${says ? `. ${says}` : ''}`,
    { cause: error },
  );
}

const REFUSALS: readonly (readonly [said: RegExp, remedy: string])[] = [
  [
    /^NOPERM|has no permissions|can't run this command/,
    'Give the user the rights of the role "backup", which "drover acl print backup" prints',
  ],
  [/^LOADING/, 'It reads its own data from disk: try again when it has'],
  [/^NOMASTERLINK|^MASTERDOWN/, 'It is a replica without its primary: take the primary'],
  [
    /^ERR unknown command/,
    'A managed Redis keeps this command to itself: use the backups of its provider',
  ],
];

function loading(where: string, seconds: number | null): CoordinatorError {
  const left = seconds === null ? '' : ` (${seconds} s to go, it says)`;
  return new CoordinatorError(
    'BACKUP_FAILED',
    `Redis at ${where} reads its own data from disk${left}: try again when it has`,
  );
}

function unexpected(line: string, where: string): CoordinatorError {
  return new CoordinatorError(
    'BACKUP_FAILED',
    `Redis at ${where} gives no snapshot that can be read`,
    { cause: notRedis(line) },
  );
}
