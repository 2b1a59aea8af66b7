/**
 * What bulk actions do with dead letters: replays and discards, canaries, undoing.
 */
import type { Redis } from 'ioredis';
import type { Connection } from '../redis/connection.ts';
import type { BulkAction, CanaryVerdict } from './bulk-action.ts';
import { lookAtCanary } from './bulk-canary.ts';
import { type DealtBy, dealWith, type PartContext } from './bulk-part.ts';
import type { BulkWork, Dealt, Undone, Unfinished } from './bulk-work.ts';
import { partsOf } from './read-jobs.ts';
import { undoReplay } from './replay-undo.ts';
import { Walk } from './walk.ts';

const UNDO_PAGE = 200;

/** Deals with dead letters. The state of a record says whether an action has replayed it already. */
export class LetterWork implements BulkWork {
  readonly #context: PartContext;

  constructor(context: PartContext) {
    this.#context = context;
  }

  async part(bulk: Connection, action: Unfinished, most: number, by: DealtBy): Promise<Dealt> {
    const { place } = action;
    const page = await this.#walk(action).page(await bulk.raw(), place, most);
    const parts = partsOf(page.found);
    const part = parts.next().value ?? [];
    const isWhole = parts.next().done === true;
    const { handled, counts, replayed } = await dealWith(bulk, this.#context, action, part, by);
    const isThrough = isWhole && handled === part.length;
    const next = isThrough ? page.next : (part[handled - 1]?.place ?? place);
    return { next, counts, replayed, taken: part.length };
  }

  judgeCanary(redis: Redis, action: BulkAction, isTimeUp: boolean): Promise<CanaryVerdict> {
    return lookAtCanary(redis, this.#context.keys, action, isTimeUp);
  }

  async undo(bulk: Connection, action: Unfinished): Promise<Undone> {
    const { id, selection, place } = action;
    const page = await this.#walk(action).page(await bulk.raw(), place, UNDO_PAGE, 'newest');
    const ours = page.found.filter(
      ({ replayedBy, state }) => replayedBy === id && state === 'replayed',
    );
    const jobIds = ours.map(({ jobId }) => jobId);
    const outcomes = await undoReplay(bulk, this.#context.keys, selection.queue, jobIds, id);
    const count = (word: string): number => outcomes.filter((each) => each === word).length;
    return { next: page.next, undone: count('undone'), ran: count('ran') };
  }

  #walk({ id, selection }: BulkAction): Walk {
    const { keys } = this.#context;
    return new Walk(keys, selection, keys.bulkIds(id), id);
  }
}
