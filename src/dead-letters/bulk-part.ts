/**
 * What a bulk action does with some dead letters, and what of it is counted.
 */
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { BulkAction, Skip } from './bulk-action.ts';
import { discard } from './discard.ts';
import { type PrepareContext, prepareData } from './prepare-data.ts';
import { readJobs } from './read-jobs.ts';
import { type Replay, type ReplayResult, replay } from './replay.ts';
import type { Found } from './walk.ts';

/** What is added to an action. */
export interface Counts {
  /** Field → how many. */
  readonly add: Readonly<Record<string, number>>;
  /** Messages of those that failed. */
  readonly errors: readonly string[];
  /** All that were dealt with. */
  readonly processed: number;
}

/** What came of a part. */
export interface Part {
  readonly counts: Counts;
  /** Ids that this action has replayed, now or before a change of leader. */
  readonly replayed: readonly string[];
  /** So many of the first are dealt with; fewer than all when the action was halted. */
  readonly handled: number;
}

/** What dealing with dead letters needs. */
export interface PartContext extends PrepareContext {
  readonly keys: Keys;
}

/** By whom and when. */
export interface DealtBy {
  /** Of the leader. */
  readonly epoch: number;
  /** Epoch ms. */
  readonly at: number;
}

/** What came of one; 'counted' when Redis has counted it in the same step. */
type Outcome = Skip | 'replayed' | 'alone' | 'counted' | 'halted' | { readonly error: string };

/** Deals with them. Rejects when the connection is lost or Redis refuses: then the same may be done again. */
export async function dealWith(
  bulk: Connection,
  context: PartContext,
  action: BulkAction,
  part: readonly Found[],
  by: DealtBy,
): Promise<Part> {
  const outcomes = new Map<string, Outcome>();
  const eligible = part.filter((found) => {
    const outcome = outcomeOf(action, found);
    if (outcome) outcomes.set(found.jobId, outcome);
    return outcome === undefined;
  });
  if (action.kind === 'discard') await discardAll(bulk, context, action, eligible, by, outcomes);
  else await replayAll(bulk, context, action, eligible, by, outcomes);
  const haltedAt = part.findIndex(({ jobId }) => outcomes.get(jobId) === 'halted');
  const handled = haltedAt === -1 ? part.length : haltedAt;
  const tally = new Tally();
  for (const { jobId } of part.slice(0, handled)) tally.count(jobId, outcomes.get(jobId)!);
  return { counts: tally.counts(handled), replayed: tally.replayed, handled };
}

/** What came of a dead letter before, as far as its record tells. */
function outcomeOf({ id, kind, selection }: BulkAction, found: Found): Outcome | undefined {
  const { state, failedAt, replayedBy } = found;
  if (kind === 'replay' && replayedBy === id) return 'replayed';
  if (state === '') return 'gone';
  if (failedAt > selection.frozenAt) return 'newer';
  if (kind === 'discard') return undefined;
  if (state === 'replayed') return 'already-replayed';
  return state === 'dead' ? undefined : 'discarded';
}

async function discardAll(
  bulk: Connection,
  { keys }: PartContext,
  { id, selection, withJobs }: BulkAction,
  eligible: readonly Found[],
  { epoch }: DealtBy,
  outcomes: Map<string, Outcome>,
): Promise<void> {
  const how = { bulkId: id, epoch, withJobs };
  const results = await discard(bulk, keys, selection.queue, eligible, how);
  for (const [i, { jobId }] of eligible.entries()) {
    const result = results[i] ?? 'halted';
    outcomes.set(jobId, result === 'discarded' ? 'counted' : result);
  }
}

async function replayAll(
  bulk: Connection,
  context: PartContext,
  { id, selection, actor, patch }: BulkAction,
  eligible: readonly Found[],
  by: DealtBy,
  outcomes: Map<string, Outcome>,
): Promise<void> {
  if (eligible.length === 0) return;
  const { keys, payloads } = context;
  const { queue } = selection;
  const replays: Replay[] = [];
  for (const { found, job } of await readJobs(await bulk.raw(), keys, queue, eligible)) {
    const { jobId } = found;
    const prepared = job && (await prepareData(queue, job, patch, context));
    if (!prepared) outcomes.set(jobId, 'unreadable');
    else if ('skip' in prepared) outcomes.set(jobId, prepared.skip);
    else {
      // What a patch has changed may be large, and gets a body of its own.
      const data = patch ? await payloads.of(queue).offload('data', prepared.data) : prepared.data;
      replays.push({ ...found, job: job!, data });
    }
  }
  const results = await replay(bulk, keys, queue, replays, { bulkId: id, actor, ...by });
  for (const [i, result] of results.entries()) outcomes.set(replays[i]!.jobId, toOutcome(result));
}

function toOutcome(result: ReplayResult): Outcome {
  if ('error' in result) return { error: result.error.message };
  if (result.outcome === 'done') return 'replayed';
  if (result.outcome === 'replayed') return result.isAlone ? 'alone' : 'replayed';
  return result.outcome;
}

/** Counts one part. */
class Tally {
  readonly replayed: string[] = [];
  readonly #add: Record<string, number> = {};
  readonly #errors: string[] = [];

  count(jobId: string, outcome: Outcome): void {
    if (outcome === 'counted') return;
    if (typeof outcome === 'object') this.#fail(`${jobId}: ${outcome.error}`);
    else if (outcome === 'replayed' || outcome === 'alone') {
      this.replayed.push(jobId);
      this.#increase('done');
      if (outcome === 'alone') this.#increase('alone');
    } else this.#increase(`skip:${outcome}`);
  }

  counts(processed: number): Counts {
    return { add: this.#add, errors: this.#errors, processed };
  }

  #fail(message: string): void {
    this.#increase('failed');
    if (this.#errors.length < 5) this.#errors.push(message.slice(0, 500));
  }

  #increase(field: string): void {
    this.#add[field] = (this.#add[field] ?? 0) + 1;
  }
}
