/**
 * Decides whether a run of entries of the audit is whole. Pure.
 *
 * A run begins with the first entry there ever was, or right after an anchor. From there on each entry must carry the
 * next number and the hash of the one before it, fit the anchors on the way, and end where the head says. An anchor that was
 * kept outside of Redis finds even a chain that was written anew from its beginning.
 */
import {
  type ChainPlace,
  chainHash,
  GENESIS,
  parseEntry,
  type StoredEntry,
} from './audit-entry.ts';

/** What entries are held against. */
export interface Witnesses {
  /** Number → hash, as Redis keeps them. */
  readonly anchors: ReadonlyMap<number, string>;
  /** One that was kept outside of Redis. */
  readonly outside?: ChainPlace | undefined;
  /** What trimming leaves: of a shorter run somebody else has cut the beginning. */
  readonly mostEntries: number;
}

/** What was found so far. */
export interface Verification {
  readonly from: number | null;
  readonly to: number | null;
  readonly checked: number;
  readonly anchors: number;
  readonly fault: string | null;
  readonly head: ChainPlace | null;
}

/** Looks at entries one after the other, oldest first. */
export class AuditVerifier {
  readonly #witnesses: Witnesses;
  #from: number | null = null;
  #last: ChainPlace = GENESIS;
  #checked = 0;
  #anchors = 0;
  #fault: string | null = null;
  #hasMetOutside = false;

  constructor(witnesses: Witnesses) {
    this.#witnesses = witnesses;
  }

  /** Whether nothing is wrong yet; after the first fault the rest says nothing. */
  get isWhole(): boolean {
    return this.#fault === null;
  }

  /** The next entry. */
  add(entry: StoredEntry): void {
    if (this.#fault !== null) return;
    if (this.#from === null) this.#begin(entry.n);
    this.#fault ??= this.#faultOf(entry);
    if (this.#fault !== null) return;
    this.#last = { n: entry.n, hash: entry.hash };
    this.#checked += 1;
    this.#meet(this.#last);
  }

  /** There are no more. `head`: as Redis keeps it; undefined when it keeps none. */
  finish(head: ChainPlace | undefined): Verification {
    this.#fault ??= this.#faultOfEnd(head) ?? this.#faultOfLength() ?? this.#faultOfOutside();
    const { n } = this.#last;
    return {
      ...{ from: this.#from, to: this.#checked === 0 ? null : n, checked: this.#checked },
      ...{ anchors: this.#anchors, fault: this.#fault },
      head: this.#checked === 0 ? null : this.#last,
    };
  }

  #begin(n: number): void {
    this.#from = n;
    if (n <= 1) return;
    const before = n - 1;
    const { anchors, outside } = this.#witnesses;
    const hash = anchors.get(before) ?? (outside?.n === before ? outside.hash : undefined);
    if (hash === undefined) {
      this.#fault = `the entries before ${n} are gone, and no anchor at ${before} explains it: somebody has deleted them`;
      return;
    }
    this.#last = { n: before, hash };
    this.#meet(this.#last);
  }

  #faultOf({ n, text, hash }: StoredEntry): string | null {
    const { n: lastN, hash: lastHash } = this.#last;
    if (n <= lastN) return `entry ${n} comes after entry ${lastN}: the order was changed`;
    if (n > lastN + 1) {
      const gone =
        n - 1 === lastN + 1 ? `entry ${n - 1} is` : `entries ${lastN + 1} to ${n - 1} are`;
      return `${gone} missing`;
    }
    if (chainHash(lastHash, text) !== hash)
      return `entry ${n} was changed or put in: its hash does not follow from its text and entry ${lastN}`;
    if (parseEntry(text)?.n !== n) return `entry ${n} has the text of another one`;
    return null;
  }

  /** Compares a place in the chain with the anchors that are about it. */
  #meet({ n, hash }: ChainPlace): void {
    const { anchors, outside } = this.#witnesses;
    const kept = anchors.get(n);
    if (kept !== undefined) this.#anchors += 1;
    if (kept !== undefined && kept !== hash)
      this.#fault = `entry ${n} does not fit the anchor that was kept in Redis: the chain was written anew`;
    if (outside?.n !== n) return;
    this.#hasMetOutside = true;
    if (outside.hash !== hash)
      this.#fault = `entry ${n} is not the one that your anchor names: the chain was written anew, or begun anew after Redis lost its data`;
  }

  #faultOfLength(): string | null {
    const { anchors, mostEntries } = this.#witnesses;
    const { n } = this.#last;
    const newest = Math.max(0, ...anchors.keys());
    if (newest > n)
      return `an anchor is of entry ${newest}, and the audit ends at ${n}: it was cut, or begun anew`;
    if (this.#from === null || this.#from <= 1 || this.#checked >= mostEntries) return null;
    return `the entries before ${this.#from} are gone, although only ${this.#checked} are left of the ${mostEntries} that are kept: somebody has deleted them`;
  }

  #faultOfEnd(head: ChainPlace | undefined): string | null {
    const { n, hash } = this.#last;
    if (!head) return this.#checked === 0 ? null : `the head is gone; it should be at entry ${n}`;
    if (head.n > n) return `the head is at entry ${head.n}, and the entries after ${n} are missing`;
    if (head.n < n) return `the head is at entry ${head.n}, although there is an entry ${n}`;
    return head.hash === hash ? null : `the hash of the head is not that of entry ${n}`;
  }

  #faultOfOutside(): string | null {
    const { anchors, outside } = this.#witnesses;
    if (!outside || this.#hasMetOutside) return null;
    const { n } = this.#last;
    if (outside.n > n)
      return `your anchor is of entry ${outside.n}, and the audit ends at ${n}: it was cut, or begun anew after Redis lost its data`;
    const kept = anchors.get(outside.n);
    if (kept === outside.hash) return null;
    return kept === undefined
      ? `your anchor, of entry ${outside.n}, is older than all that is left and proves nothing: use a later one`
      : `your anchor of entry ${outside.n} does not fit the one in Redis: the chain was written anew`;
  }
}
