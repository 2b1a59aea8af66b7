/**
 * Takes photos in: the original is stored first, then its `inspect` job is added.
 *
 * A stored photo is never forgotten. When Redis is away the caller is told so, and `resume()` adds the job
 * later: at every start and whenever Redis comes back, for each original that has neither a manifest nor
 * an error. That is harmless for photos that are queued already, because job ids are made from the photo.
 */
import { CoordinatorError } from 'drover';
import { type Catalogue, recordFailure } from './catalogue.ts';
import { toJobId } from './job-ids.ts';
import { messageOf, PHOTO_ERRORS, PhotoError } from './photo-error.ts';
import { readRecord } from './records.ts';
import type { Received, Storage } from './storage.ts';

/** `accepted`: its job is queued · `known`: finished or failed before · `stored`: kept, not queued yet. */
export type IntakeResult = 'accepted' | 'known' | 'stored';

/** Photos whose jobs are looked at or added at the same time. */
const RESUME_WIDTH = 8;
/** After an add with unknown outcome, and no reconnect to start the next round. */
const RESUME_AFTER_MS = 30_000;

/** The part of a job that is looked at. */
interface SeenJob {
  readonly failedReason: string;
  getState(): Promise<string>;
  remove(): Promise<void>;
}

/** The part of BullMQ's `Queue` that is used here. */
export interface InspectQueue {
  add(name: 'inspect', data: { id: string }, options: { jobId: string }): Promise<unknown>;
  getJob(jobId: string): Promise<SeenJob | undefined>;
}

export interface IntakeParts {
  readonly storage: Storage;
  readonly catalogue: Catalogue;
  readonly queue: InspectQueue;
  readonly warn: (message: string) => void;
}

export class Intake {
  readonly #parts: IntakeParts;
  #running: Promise<number> | null = null;
  #runAgain = false;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Notes how an original came here, for the next `resume()` to queue it. */
  async keep({ id, bytes }: Received, name: string): Promise<void> {
    const { storage, catalogue } = this.#parts;
    if (!(await storage.hasRecord('receipts', id))) {
      await storage.writeRecord('receipts', id, { name, bytes, receivedAt: Date.now() });
    }
    if (catalogue.get(id) === undefined) await catalogue.setQueued(id, false);
    else await catalogue.refresh(id);
  }

  /** Keeps and queues. Rejects only for reasons that have nothing to do with Redis being away. */
  async accept(received: Received, name: string): Promise<IntakeResult> {
    const { storage, catalogue } = this.#parts;
    const { id } = received;
    await this.keep(received, name);
    if ((await storage.hasRecord('manifests', id)) || (await this.#hasFailedForGood(id))) {
      await catalogue.refresh(id);
      return 'known';
    }
    try {
      await this.#enqueue(id);
      return 'accepted';
    } catch (error) {
      if (!(error instanceof CoordinatorError)) throw error;
      await catalogue.setQueued(id, false);
      this.#resumeLater();
      return 'stored';
    }
  }

  /** Adds what is stored but not queued. Calls while one runs are joined into one more run. */
  resume(): Promise<number> {
    if (this.#running !== null) {
      this.#runAgain = true;
      return this.#running;
    }
    this.#running = this.#resumeAll().finally(() => {
      this.#running = null;
      if (!this.#runAgain || this.#isStopped) return;
      this.#runAgain = false;
      void this.resume();
    });
    return this.#running;
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Never rejects. @returns how many photos were looked after */
  async #resumeAll(): Promise<number> {
    const pending = await this.#listPending();
    const total = pending.length;
    let failure: unknown = null;
    const work = async (): Promise<void> => {
      for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
        if (failure !== null || this.#isStopped) return;
        await this.#enqueue(id).catch((error: unknown) => {
          failure = error;
        });
      }
    };
    await Promise.all(Array.from({ length: RESUME_WIDTH }, work));
    if (failure === null) return total;
    if (!(failure instanceof CoordinatorError)) this.#parts.warn(messageOf(failure));
    this.#resumeLater();
    return 0;
  }

  async #listPending(): Promise<string[]> {
    const { storage } = this.#parts;
    const settled = new Set([
      ...(await storage.listRecords('manifests')),
      ...(await storage.listRecords('errors')),
    ]);
    return (await storage.listOriginals()).filter((id) => !settled.has(id));
  }

  /** Leaves alone what is on its way, records what has failed, and adds what has no job. */
  async #enqueue(id: string): Promise<void> {
    const { queue, catalogue } = this.#parts;
    if (await this.#isUnderWay(id)) {
      await catalogue.setQueued(id, true);
      return;
    }
    await queue.add('inspect', { id }, { jobId: toJobId(id, 'inspect') });
    await catalogue.setQueued(id, true);
  }

  async #isUnderWay(id: string): Promise<boolean> {
    const { queue, storage } = this.#parts;
    for (const step of ['manifest', 'inspect'] as const) {
      const job = await queue.getJob(toJobId(id, step));
      if (job === undefined) continue;
      const state = await job.getState();
      if (state === 'failed') {
        await recordFailure(storage, id, new PhotoError('STEP_FAILED', job.failedReason));
        return true;
      }
      if (state === 'unknown') continue;
      if (state !== 'completed') return true;
      // Completed, and yet no manifest is stored: its files were lost. Make room for a new run.
      await job.remove();
    }
    return false;
  }

  /** An error that another try may mend is forgotten, with the failed jobs that would block a new try. */
  async #hasFailedForGood(id: string): Promise<boolean> {
    const { storage, queue } = this.#parts;
    const error = await readRecord(storage, 'errors', id);
    if (error === null) return false;
    // The same bytes fail again, but a lost original has just been brought back.
    if (PHOTO_ERRORS[error.code].permanent && error.code !== 'ORIGINAL_MISSING') return true;
    try {
      for (const step of ['manifest', 'inspect'] as const) {
        await (await queue.getJob(toJobId(id, step)))?.remove();
      }
    } catch (failure) {
      if (!(failure instanceof CoordinatorError)) throw failure;
      return true;
    }
    await storage.removeRecord('errors', id);
    return false;
  }

  #resumeLater(): void {
    if (this.#timer !== null || this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.resume();
    }, RESUME_AFTER_MS);
    this.#timer.unref();
  }
}
