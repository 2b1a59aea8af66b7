/**
 * The bodies that one round decides about: all of them, or, when there are very many, those of one part.
 *
 * Parts are made by the random end of the ids, as many as are needed to hold `most` at once; each round takes the next
 * one. So memory is bounded, and every body has its turn. A reference counts whatever store it names: a store that was
 * given another name still holds what older pointers refer to.
 */
import type { StoredBody } from '../config/body-store.ts';

/** Enough for 10 MB. */
const MOST = 100_000;

/** A body and its store. */
export interface Candidate extends StoredBody {
  readonly store: string;
}

/** Collects candidates, and lets go of those that are referred to. */
export class Candidates {
  readonly #most: number;
  readonly #turn: number;
  #parts: number;
  #byId = new Map<string, Candidate>();
  #bodies = 0;
  #bytes = 0;

  /** @param parts how many there were in the last round */
  constructor({ turn, parts, most = MOST }: { turn: number; parts: number; most?: number }) {
    this.#turn = turn;
    this.#parts = parts;
    this.#most = most;
  }

  /** A power of two. */
  get parts(): number {
    return this.#parts;
  }
  /** How many parts the next round needs. */
  get wantedParts(): number {
    const isMuchRoom = this.#bodies < (this.#most * this.#parts) / 4;
    return isMuchRoom ? Math.max(1, this.#parts / 2) : this.#parts;
  }
  /** Of all parts. */
  get bodies(): number {
    return this.#bodies;
  }
  get bytes(): number {
    return this.#bytes;
  }
  get size(): number {
    return this.#byId.size;
  }

  add(store: string, body: StoredBody): void {
    this.#bodies += 1;
    this.#bytes += body.bytes;
    // The same folder under two names: one of the two is enough.
    if (!this.isInTurn(body.id) || this.#byId.has(body.id)) return;
    this.#byId.set(body.id, { ...body, store });
    if (this.#byId.size > this.#most) this.#split();
  }

  /** Whether this round decides about it. */
  isInTurn(id: string): boolean {
    return Number.parseInt(id.slice(-4), 36) % this.#parts === this.#turn % this.#parts;
  }

  /** It is referred to. Returns whether it was a candidate. */
  release(id: string): boolean {
    return this.#byId.delete(id);
  }

  values(): Iterable<Candidate> {
    return this.#byId.values();
  }

  #split(): void {
    this.#parts *= 2;
    for (const id of this.#byId.keys()) if (!this.isInTurn(id)) this.#byId.delete(id);
  }
}
