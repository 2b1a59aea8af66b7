/**
 * What bulk actions do with jobs: retry, promote, remove, move those whose ids were frozen when the action was made.
 *
 * Each step counts itself in the action and moves its place there, so a part that is dealt with again counts nothing twice.
 */

import { isStoreDown } from '../../backend/payload-failures.ts';
import type { BulkAction } from '../../dead-letters/bulk-action.ts';
import type { DealtBy } from '../../dead-letters/bulk-part.ts';
import type { BulkWork, Dealt, Unfinished } from '../../dead-letters/bulk-work.ts';
import { messageOf } from '../../errors.ts';
import type { Keys } from '../../keys.ts';
import type { PayloadCodecs } from '../../payloads/payload-codec.ts';
import { keyPrefixOf } from '../../queues/key-prefix.ts';
import type { Connection } from '../../redis/connection.ts';
import { refusalOf, toConnectionLost } from '../../redis/connection-lost.ts';
import type { JobBulkKind } from './job-bulk-order.ts';
import { type Step, type StepResult, takeSteps } from './job-steps.ts';
import { readMovedJob } from './moved-job.ts';

/** What it needs. */
export interface JobBulkWorkOptions {
  readonly keys: Pick<Keys, 'jobBulk' | 'jobBulkIds'>;
  readonly payloads: PayloadCodecs;
}

/** Jobs under way at a time: each costs a script of its own. */
const MOST_STEPS = 200;
/** Those whose data is read and written anew. */
const MOST_MOVES = 20;
const LONGEST_MESSAGE = 500;

/** A frozen job: when it ended or was added, a space, its id. */
export function frozenId(stamp: string, id: string): string {
  return `${stamp} ${id}`;
}

/** Deals with jobs. */
export class JobBulkWork implements BulkWork {
  readonly #options: JobBulkWorkOptions;

  constructor(options: JobBulkWorkOptions) {
    this.#options = options;
  }

  async part(bulk: Connection, action: Unfinished, most: number, by: DealtBy): Promise<Dealt> {
    const { keys } = this.#options;
    const { id, selection, to, jobState, sparesParents } = action;
    const kind = action.kind as JobBulkKind;
    const doing: Step['kind'] = kind === 'remove' && sparesParents ? 'remove-childless' : kind;
    const start = Number(action.place || 0);
    const count = Math.min(most, kind === 'move' ? MOST_MOVES : MOST_STEPS);
    const redis = await bulk.raw();
    const frozen = await redis.lrange(keys.jobBulkIds(id), start, start + count - 1);
    const tally = new Tally();
    const steps: Step[] = [];
    for (const [i, text] of frozen.entries()) {
      const step: Step = { kind: doing, place: start + i + 1, ...thaw(text) };
      steps.push(kind === 'move' ? await this.#withJob(bulk, action, step, by) : step);
    }
    const within = { key: keys.jobBulk(id), epoch: by.epoch, jobState: jobState ?? '' };
    const results = await takeSteps(bulk, selection.queue, steps, within, to ?? selection.queue);
    const haltedAt = results.findIndex(isHalted);
    for (const [i, result] of results.entries())
      if (result instanceof Error) tally.fail(steps[i]!.id, result);
    const end = haltedAt === -1 ? start + frozen.length : steps[haltedAt]!.place - 1;
    const isThrough = haltedAt === -1 && frozen.length < count;
    return {
      next: isThrough ? null : String(end),
      counts: tally.counts(end - start),
      ...{ replayed: [], taken: frozen.length },
    };
  }

  /** The step with what it adds elsewhere. */
  async #withJob(
    bulk: Connection,
    { selection, to, actor }: BulkAction,
    step: Step,
    { at }: DealtBy,
  ): Promise<Step> {
    const { queue } = selection;
    // Whether it may be told to the other queue was asked when the action was made.
    const may = { mayReadData: true };
    const order = { queue, keyPrefix: keyPrefixOf(queue), to: to!, actor, at, ...may };
    try {
      const moved = await readMovedJob(await bulk.raw(), this.#options.payloads, step.id, order);
      // A job that is gone is told by its step, which may have taken it away itself before.
      return { ...step, moved: moved ?? nothing(step.id) };
    } catch (error) {
      const isPassing = isStoreDown(error) || toConnectionLost(error) || refusalOf(error);
      if (isPassing || !bulk.isReady) throw error;
      return { ...step, kind: 'unreadable', moved: nothing(step.id) };
    }
  }
}

/** The id of a frozen job. */
export function idOf(text: string): string {
  return thaw(text).id;
}

function thaw(text: string): { readonly stamp: string; readonly id: string } {
  const space = text.indexOf(' ');
  return { stamp: text.slice(0, space), id: text.slice(space + 1) };
}

function isHalted(result: StepResult | Error): boolean {
  return !(result instanceof Error) && result.outcome === 'halted';
}

function nothing(id: string): NonNullable<Step['moved']> {
  const json = { id, name: '', data: '{}', opts: {}, timestamp: 0 };
  return { json: json as unknown as NonNullable<Step['moved']>['json'], provenance: '' };
}

/** Counts what the steps could not count themselves. */
class Tally {
  #failed = 0;
  readonly #errors: string[] = [];

  fail(id: string, error: Error): void {
    this.#failed += 1;
    this.#errors.push(`${id}: ${messageOf(error)}`.slice(0, LONGEST_MESSAGE));
  }

  counts(processed: number): Dealt['counts'] {
    return { add: { failed: this.#failed }, errors: this.#errors.slice(0, 5), processed };
  }
}
