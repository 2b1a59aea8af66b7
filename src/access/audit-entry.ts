/**
 * An entry of the audit: what its text says, and how it is chained to the one before it.
 *
 * The text is JSON and holds the entry's number, so that neither can be changed without the hash. Whatever came in with
 * a request is inside of JSON: it can break no line of an export or a log.
 */
import { createHash } from 'node:crypto';
import type { AuditIntent, AuditResult } from './audit-trail.ts';

/** What the text of an entry says. */
export type AuditRecord =
  | ({ readonly kind: 'intent'; readonly at: number } & AuditIntent)
  | ({ readonly kind: 'refused'; readonly at: number } & AuditIntent & AuditResult)
  | ResultRecord;

/** How an action ended. */
export interface ResultRecord
  extends Pick<AuditIntent, 'action' | 'actor' | 'queue' | 'correlationId'>,
    AuditResult {
  readonly kind: 'result';
  readonly at: number;
  /** Number of the entry with the intention. */
  readonly of: number;
  readonly tookMs: number;
}

/** An entry as it is stored. */
export interface StoredEntry {
  readonly n: number;
  readonly text: string;
  readonly hash: string;
}

/** A place in the chain: the number of an entry and its hash. */
export interface ChainPlace {
  readonly n: number;
  readonly hash: string;
}

/** Before the first entry. */
export const GENESIS: ChainPlace = { n: 0, hash: '' };

const KINDS: readonly unknown[] = ['intent', 'refused', 'result'];
const LONGEST_TEXT = 20_000;

/** The entry after `previous`. Parameters that are too long are replaced by their size. */
export function chainEntry(previous: ChainPlace, record: AuditRecord): StoredEntry {
  const n = previous.n + 1;
  const text = shorten({ n, ...record });
  return { n, text, hash: chainHash(previous.hash, text) };
}

/** SHA-256, in hex, of the previous entry's hash followed by the text. */
export function chainHash(previousHash: string, text: string): string {
  return createHash('sha256').update(previousHash).update(text).digest('hex');
}

/** What a text says; undefined when it is no entry of ours. */
export function parseEntry(text: string): (AuditRecord & { readonly n: number }) | undefined {
  try {
    const record = JSON.parse(text);
    const { n, at, kind, action, actor } = record;
    const isOurs = [n, at].every(Number.isFinite) && KINDS.includes(kind);
    const isNamed = typeof action === 'string' && typeof actor.name === 'string';
    return isOurs && isNamed ? record : undefined;
  } catch {
    return undefined;
  }
}

/** `17:9f3c…` → a place; undefined when it is none. */
export function parseAnchor(text: string): ChainPlace | undefined {
  const match = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text.trim());
  return match ? { n: Number(match[1]), hash: match[2]! } : undefined;
}

function shorten(entry: AuditRecord & { readonly n: number }): string {
  const text = JSON.stringify(entry);
  if (text.length <= LONGEST_TEXT || !('parameters' in entry)) return text;
  const size = JSON.stringify(entry.parameters).length;
  return JSON.stringify({ ...entry, parameters: { omitted: `[${size} characters]` } });
}
