/**
 * Reads the audit from Redis by pages, over the bulk socket: it may be long.
 */
import type { OutageGate } from '../backend/outage-gate.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Hub } from '../redis/hub.ts';
import { type ChainPlace, parseAnchor, type StoredEntry } from './audit-entry.ts';

/** What it reads from. */
export interface AuditReaderOptions {
  readonly hub: Pick<Hub, 'onBulk'>;
  readonly gate: Pick<OutageGate, 'run'>;
  readonly keys: Keys;
}

/** An entry as it was read. Its id is not always its number: somebody else may have put it in. */
export interface ReadEntry extends StoredEntry {
  readonly id: string;
}

const AT_ONCE = 500;

type RawEntries = readonly (readonly [id: string, fields: readonly string[]])[];

/** Reads entries, anchors and the head. */
export class AuditReader {
  readonly #options: AuditReaderOptions;

  constructor(options: AuditReaderOptions) {
    this.#options = options;
  }

  /** At most 500 entries after an id, oldest first; without one, the oldest. */
  async after(id?: string): Promise<readonly ReadEntry[]> {
    const key = this.#options.keys.audit();
    const from = id === undefined ? '-' : `(${id}`;
    const found = await this.#read(async (bulk) =>
      (await bulk.raw()).xrange(key, from, '+', 'COUNT', AT_ONCE),
    );
    return toEntries(found);
  }

  /** At most 500 entries before an id, newest first; without one, the newest. */
  async before(id?: string): Promise<readonly ReadEntry[]> {
    const key = this.#options.keys.audit();
    const from = id === undefined ? '+' : `(${id}`;
    const found = await this.#read(async (bulk) =>
      (await bulk.raw()).xrevrange(key, from, '-', 'COUNT', AT_ONCE),
    );
    return toEntries(found);
  }

  /** The newest entry; undefined when there is none, or when the head has been made unreadable. */
  async head(): Promise<ChainPlace | undefined> {
    const key = this.#options.keys.auditHead();
    const [n, hash] = await this.#read(async (bulk) => (await bulk.raw()).hmget(key, 'n', 'hash'));
    if (n == null && hash == null) return undefined;
    return { n: Number(n), hash: hash ?? '' };
  }

  /** Number → hash of the anchors in Redis. */
  async anchors(): Promise<ReadonlyMap<number, string>> {
    const key = this.#options.keys.auditAnchors();
    const members = await this.#read(async (bulk) => (await bulk.raw()).zrange(key, '0', '-1'));
    const places = members.map((member) => parseAnchor(member.split(':').slice(0, 2).join(':')));
    return new Map(places.flatMap((place) => (place ? [[place.n, place.hash] as const] : [])));
  }

  #read<T>(read: (bulk: Connection) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#options;
    return hub.onBulk((bulk) => gate.run(bulk, 'fail', 'repeat', () => read(bulk)));
  }
}

function toEntries(raw: RawEntries): ReadEntry[] {
  return raw.map(([id, fields]) => {
    const field = (name: string): string => {
      const at = fields.findIndex((each, i) => i % 2 === 0 && each === name);
      return at < 0 ? '' : (fields[at + 1] ?? '');
    };
    return { id, n: Number(id.split('-')[0]), text: field('entry'), hash: field('hash') };
  });
}
