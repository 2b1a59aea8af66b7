/**
 * What INFO says of a server that is to be backed up. Pure.
 */
import { parseServerInfo, type ServerInfo } from '../../redis/server-info.ts';

/** Of the stream of writes that replicas read. */
export interface StreamPlace {
  readonly id: string | null;
  /** Counts writes only while there is a backlog. */
  readonly offset: number | null;
  readonly isCounted: boolean;
}

/** What a backup asks of a server first. */
export interface BackupInfo {
  readonly server: ServerInfo;
  readonly isLoading: boolean;
  /** Seconds until it has loaded, as it guesses. */
  readonly loadingSeconds: number | null;
}

/** Keys of a database. */
export interface KeyCount {
  readonly keys: number;
  /** Of these, those that end by themselves. */
  readonly expiring: number;
}

/** Reads the text of `INFO`. */
export function parseBackupInfo(text: string): BackupInfo {
  const field = fieldsOf(text);
  const seconds = field('loading_eta_seconds');
  return {
    server: parseServerInfo(text),
    isLoading: field('loading') === '1',
    loadingSeconds: seconds === undefined ? null : Number(seconds),
  };
}

/** Reads the text of `INFO replication`. */
export function parsePlace(text: string): StreamPlace {
  const field = fieldsOf(text);
  const offset = field('master_repl_offset');
  return {
    id: field('master_replid') ?? null,
    offset: offset === undefined ? null : Number(offset),
    isCounted: field('repl_backlog_active') === '1',
  };
}

/** Reads the text of `INFO keyspace`; a database without keys has no line. */
export function parseKeyCount(text: string, database: number): KeyCount {
  const line = fieldsOf(text)(`db${database}`) ?? '';
  const number = (name: string): number =>
    Number(new RegExp(`\\b${name}=(\\d+)`).exec(line)?.[1] ?? 0);
  return { keys: number('keys'), expiring: number('expires') };
}

function fieldsOf(text: string): (name: string) => string | undefined {
  const lines = text.split(/\r?\n/).map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1)] as const;
  });
  const fields = new Map(lines);
  return (name) => fields.get(name);
}
