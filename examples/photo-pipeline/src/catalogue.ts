/**
 * What is known about every photo, in memory, for pages and live progress.
 *
 * A view is always recomputed from the storage and never edited, so it cannot contradict the files; several
 * changes at once lead to one more look. Announces `photo` with the new view. Never talks to Redis.
 */
import { EventEmitter } from 'node:events';
import type { PhotoFacts } from './images/inspect.ts';
import { VARIANTS } from './images/variants.ts';
import { STEPS, type StepName, variantStep } from './job-ids.ts';
import { type PublicError, toPublicError } from './photo-error.ts';
import { type Manifest, readRecord } from './records.ts';
import type { Storage } from './storage.ts';

/** `stored`: kept here, not in a queue yet · `queued` · `working`: a step is done · `done` · `failed`. */
export type PhotoStatus = 'stored' | 'queued' | 'working' | 'done' | 'failed';

/** One photo as pages and clients see it. Plain data without paths and coordinates. */
export interface PhotoView {
  readonly id: string;
  readonly name: string;
  readonly bytes: number | null;
  readonly receivedAt: number | null;
  readonly status: PhotoStatus;
  readonly steps: Readonly<Record<string, boolean>>;
  readonly doneSteps: number;
  readonly totalSteps: number;
  readonly error: PublicError | null;
  readonly facts: PhotoFacts | null;
  readonly placeholder: string | null;
  readonly colours: readonly string[];
  readonly nearDuplicates: readonly string[];
  /** Address of the smallest picture, once it exists. */
  readonly thumbnail: string | null;
}

export class Catalogue extends EventEmitter<{ photo: [PhotoView] }> {
  readonly #storage: Storage;
  readonly #views = new Map<string, PhotoView>();
  readonly #unqueued = new Set<string>();
  /** Photo → later ones that name it in their manifests. */
  readonly #namedBy = new Map<string, Set<string>>();
  /** Photos being looked at; `true` asks for one more look. */
  readonly #looking = new Map<string, boolean>();

  constructor(storage: Storage) {
    super();
    this.#storage = storage;
    this.setMaxListeners(0);
  }

  /** Reads what is stored. Photos that are not finished count as not queued until they are. */
  async load(): Promise<void> {
    for (const id of await this.#storage.listOriginals()) {
      this.#unqueued.add(id);
      await this.refresh(id);
    }
  }

  get(id: string): PhotoView | undefined {
    return this.#views.get(id);
  }

  get size(): number {
    return this.#views.size;
  }

  /** Newest first. */
  list(limit: number): readonly PhotoView[] {
    const all = [...this.#views.values()];
    all.sort((a, b) => (b.receivedAt ?? 0) - (a.receivedAt ?? 0) || a.id.localeCompare(b.id));
    return all.slice(0, limit);
  }

  countByStatus(): Readonly<Record<PhotoStatus, number>> {
    const counts = { stored: 0, queued: 0, working: 0, done: 0, failed: 0 };
    for (const view of this.#views.values()) counts[view.status] += 1;
    return counts;
  }

  async setQueued(id: string, isQueued: boolean): Promise<void> {
    if (isQueued) this.#unqueued.delete(id);
    else this.#unqueued.add(id);
    await this.refresh(id);
  }

  /** Looks at the storage again. Calls during a look are joined into one more look. */
  async refresh(id: string): Promise<void> {
    if (this.#looking.has(id)) {
      this.#looking.set(id, true);
      return;
    }
    try {
      do {
        this.#looking.set(id, false);
        await this.#look(id);
      } while (this.#looking.get(id) === true);
    } finally {
      this.#looking.delete(id);
    }
  }

  async #look(id: string): Promise<void> {
    const before = this.#views.get(id);
    const view = await this.#readView(id);
    this.#views.set(id, view);
    if (JSON.stringify(view) === JSON.stringify(before)) return;
    this.emit('photo', view);
    this.#linkDuplicates(id, view.nearDuplicates);
  }

  /** A manifest names only photos that came before; their cards learn of the new one here. */
  #linkDuplicates(id: string, others: readonly string[]): void {
    for (const other of others) {
      const named = this.#namedBy.get(other) ?? new Set();
      this.#namedBy.set(other, named.add(id));
      const view = this.#views.get(other);
      if (view === undefined || view.nearDuplicates.includes(id)) continue;
      const linked = { ...view, nearDuplicates: [...view.nearDuplicates, id].sort() };
      this.#views.set(other, linked);
      this.emit('photo', linked);
    }
  }

  async #readView(id: string): Promise<PhotoView> {
    const [receipt, facts, palette, manifest, error] = await Promise.all([
      readRecord(this.#storage, 'receipts', id),
      readRecord(this.#storage, 'facts', id),
      readRecord(this.#storage, 'palettes', id),
      readRecord(this.#storage, 'manifests', id),
      readRecord(this.#storage, 'errors', id),
    ]);
    const steps = await this.#readSteps(id, { facts, palette, manifest });
    const doneSteps = Object.values(steps).filter(Boolean).length;
    return {
      id,
      name: receipt?.name ?? id.slice(0, 12),
      bytes: receipt?.bytes ?? null,
      receivedAt: receipt?.receivedAt ?? null,
      status: this.#statusOf(id, { manifest, error, doneSteps }),
      steps,
      doneSteps,
      totalSteps: STEPS.length,
      error: manifest === null ? error : null,
      facts,
      placeholder: palette?.placeholder ?? null,
      colours: palette?.colours ?? [],
      nearDuplicates: this.#duplicatesOf(id, manifest),
      thumbnail: steps['variant-320-webp'] ? `/photos/${id}/320.webp` : null,
    };
  }

  async #readSteps(
    id: string,
    records: { facts: object | null; palette: object | null; manifest: object | null },
  ): Promise<Record<string, boolean>> {
    const done = new Set<StepName>();
    if (records.facts !== null) done.add('inspect');
    if (records.palette !== null) done.add('palette');
    if (records.manifest !== null) done.add('manifest');
    if (await this.#storage.hasRecord('hashes', id)) done.add('hash');
    for (const variant of VARIANTS) {
      if (await this.#storage.hasVariant(id, variant)) done.add(variantStep(variant));
    }
    return Object.fromEntries(STEPS.map((step) => [step, done.has(step)]));
  }

  #statusOf(
    id: string,
    found: { manifest: object | null; error: object | null; doneSteps: number },
  ): PhotoStatus {
    if (found.manifest !== null) return 'done';
    if (found.error !== null) return 'failed';
    if (this.#unqueued.has(id)) return 'stored';
    return found.doneSteps > 0 ? 'working' : 'queued';
  }

  #duplicatesOf(id: string, manifest: Manifest | null): readonly string[] {
    const later = this.#namedBy.get(id) ?? [];
    return [...new Set([...later, ...(manifest?.nearDuplicates ?? [])])].sort();
  }
}

/** Records that a photo cannot be finished, unless it is finished or its first error is known already. */
export async function recordFailure(storage: Storage, id: string, error: unknown): Promise<void> {
  if (await storage.hasRecord('manifests', id)) return;
  if (await storage.hasRecord('errors', id)) return;
  await storage.writeRecord('errors', id, toPublicError(error));
}
