/**
 * The steps of a photo's way, without queues: each looks whether its result exists, makes it, stores it.
 *
 * Running a step twice, or in two processes at once, leaves one result, because a result has one name and
 * is renamed into place whole. Nothing here knows about jobs, attempts or Redis.
 */
import { stat } from 'node:fs/promises';
import type { FactsCache } from './facts-cache.ts';
import { decoding, openImage } from './images/decode.ts';
import { inspectPhoto, type PhotoFacts } from './images/inspect.ts';
import { readPalette } from './images/palette.ts';
import { hashPhoto } from './images/perceptual-hash.ts';
import { renderVariant, VARIANTS, type Variant } from './images/variants.ts';
import { NearDuplicates } from './near-duplicates.ts';
import { PhotoError } from './photo-error.ts';
import { type ManifestVariant, readRecord } from './records.ts';
import type { Storage } from './storage.ts';

export class PhotoSteps {
  readonly #storage: Storage;
  readonly #cache: FactsCache;
  readonly #duplicates: NearDuplicates;

  constructor(storage: Storage, cache: FactsCache) {
    this.#storage = storage;
    this.#cache = cache;
    this.#duplicates = new NearDuplicates(storage);
  }

  async inspect(id: string): Promise<void> {
    if (await this.#storage.hasRecord('facts', id)) return;
    const facts = await inspectPhoto(this.#storage.originalPath(id));
    await this.#storage.writeRecord('facts', id, facts);
    await this.#cache.set(id, facts);
  }

  async variant(id: string, variant: Variant): Promise<void> {
    if (await this.#storage.hasVariant(id, variant)) return;
    const { data } = await renderVariant(this.#storage.originalPath(id), variant);
    await this.#storage.writeVariant(id, variant, data);
  }

  async hash(id: string): Promise<void> {
    if (await this.#storage.hasRecord('hashes', id)) return;
    const hash = await hashPhoto(this.#storage.originalPath(id));
    await this.#storage.writeRecord('hashes', id, { hash });
  }

  async palette(id: string): Promise<void> {
    if (await this.#storage.hasRecord('palettes', id)) return;
    const palette = await readPalette(this.#storage.originalPath(id));
    await this.#storage.writeRecord('palettes', id, palette);
  }

  /** Joins what the other steps stored. They must have run. */
  async manifest(id: string): Promise<void> {
    if (await this.#storage.hasRecord('manifests', id)) return;
    const [facts, hash, palette] = await Promise.all([
      this.facts(id),
      readRecord(this.#storage, 'hashes', id),
      readRecord(this.#storage, 'palettes', id),
    ]);
    if (facts === null || hash === null || palette === null) {
      throw new PhotoError('STEP_FAILED', 'The result of an earlier step is no longer stored');
    }
    const variants = await Promise.all(VARIANTS.map((each) => this.#measure(id, each)));
    const nearDuplicates = await this.#duplicates.find(id, hash.hash);
    const manifest = { id, ...facts, ...hash, ...palette, variants, nearDuplicates };
    await this.#storage.writeRecord('manifests', id, manifest);
  }

  /** The facts from the cache, else from the files; `null` before inspection. */
  async facts(id: string): Promise<PhotoFacts | null> {
    const cached = await this.#cache.get(id);
    if (cached !== null) return cached;
    const stored = await readRecord(this.#storage, 'facts', id);
    if (stored !== null) await this.#cache.set(id, stored);
    return stored;
  }

  async #measure(id: string, variant: Variant): Promise<ManifestVariant> {
    const path = this.#storage.variantPath(id, variant);
    const { width, height } = await decoding(() => openImage(path).metadata());
    return { ...variant, width, height, bytes: (await stat(path)).size };
  }
}
