/**
 * Finds photos that look alike, by comparing perceptual hashes.
 *
 * Keeps all hashes in memory (some 100 bytes a photo) and reads from the storage only those it has not
 * seen, so it also learns what another process added. A linear scan: 100,000 hashes take some 20 ms.
 */
import { countDifferentBits, NEAR_DUPLICATE_BITS } from './images/perceptual-hash.ts';
import { readRecord } from './records.ts';
import type { Storage } from './storage.ts';

export class NearDuplicates {
  readonly #storage: Storage;
  readonly #hashes = new Map<string, string>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Ids of all other photos whose hash is near, sorted. */
  async find(id: string, hash: string): Promise<readonly string[]> {
    await this.#readNew();
    const near: string[] = [];
    for (const [other, otherHash] of this.#hashes) {
      if (other === id) continue;
      if (countDifferentBits(hash, otherHash) <= NEAR_DUPLICATE_BITS) near.push(other);
    }
    return near.sort();
  }

  async #readNew(): Promise<void> {
    for (const id of await this.#storage.listRecords('hashes')) {
      if (this.#hashes.has(id)) continue;
      const record = await readRecord(this.#storage, 'hashes', id);
      if (record !== null) this.#hashes.set(id, record.hash);
    }
  }
}
