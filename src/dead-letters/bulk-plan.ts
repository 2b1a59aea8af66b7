/**
 * The dry run: what a bulk action would do with a selection, and why not with the rest. Moves nothing.
 *
 * With a patch, the data of every eligible job is read, changed and checked, so that a patch that breaks the schema
 * is known before anything moves.
 */
import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Keys, queueOfLabel } from '../keys.ts';
import { readStoredHead } from '../payloads/stored-head.ts';
import type { BulkKind, Skip } from './bulk-action.ts';
import type { OriginalJob } from './dead-letter.ts';
import type { Patch } from './patch.ts';
import { type PrepareContext, prepareData } from './prepare-data.ts';
import { partsOf, readJobs } from './read-jobs.ts';
import type { FrozenSelection } from './selection.ts';
import type { Found, Walk } from './walk.ts';

/** What would be done. */
export interface BulkPlan {
  readonly kind: BulkKind;
  readonly queue: string;
  /** How many would be dealt with. */
  readonly eligible: number;
  /** Those that would not, by reason. */
  readonly skipped: Readonly<Partial<Record<Skip, number>>>;
  /** Of the eligible: their parent is gone, and they would run without it. */
  readonly alone: number;
  /** Data that the patch or the schema refuses; at most five. */
  readonly problems: readonly { readonly jobId: string; readonly problem: string }[];
  /** unneeded: without a patch, data is taken as it is · unknown: the queue is not defined in this process. */
  readonly schema: 'checked' | 'unknown' | 'unneeded';
  /** How many records were looked at; `isComplete` is false when there are more. */
  readonly looked: number;
  readonly isComplete: boolean;
}

/** What a dry run needs. */
export interface PlanContext extends PrepareContext {
  readonly keys: Keys;
  /** Whether whoever asks may read data. @default false */
  readonly mayReadData?: boolean | undefined;
  /** Told now and then: how many have been looked at. */
  readonly onProgress?: (looked: number) => void;
}

/** More than any queue keeps by default. */
export const MOST_LOOKED_AT = 500_000;
const PAGE = 200;
const MOST_PROBLEMS = 5;

/**
 * KEYS 1 failed set, then for each dead letter its record and its job · ARGV their ids. Returns for each: 'alive' when
 * a job exists that has not failed, 'orphan' when its parent is gone, else 'ok'. One step only to spare round trips.
 * A quote inside the original job is escaped, so the bare name of a field is found in its own place alone.
 */
const CHECK_LUA = /* lua */ `
local results = {}
for i, id in ipairs(ARGV) do
  local record, job = KEYS[2 * i], KEYS[2 * i + 1]
  local result = 'ok'
  if redis.call('EXISTS', job) == 1 and not redis.call('ZSCORE', KEYS[1], id) then
    result = 'alive'
  else
    local original = redis.call('HGET', record, 'originalJob') or ''
    local _, last = string.find(original, '"parentKey":"', 1, true)
    local close = last and string.find(original, '"', last + 1, true)
    if close then
      local isDecoded, parent = pcall(cjson.decode, '[' .. string.sub(original, last, close) .. ']')
      if isDecoded and redis.call('EXISTS', parent[1]) == 0 then result = 'orphan' end
    end
  end
  results[i] = result
end
return results`;

const TELLING = {
  skip: 'patch',
  problem: 'its data is encrypted, and only who may read data may test it',
} as const;

type Check = 'ok' | 'alive' | 'orphan';

/** Looks at a selection. */
export async function planBulk(
  redis: Redis,
  context: PlanContext,
  walk: Walk,
  { kind, selection, patch }: { kind: BulkKind; selection: FrozenSelection; patch: Patch | null },
): Promise<BulkPlan> {
  const plan = new Planning(context, kind, selection, patch);
  let place: string | null = '';
  while (place !== null && plan.looked < MOST_LOOKED_AT) {
    const page = await walk.page(redis, place, PAGE);
    await plan.look(redis, page.found, page.looked);
    place = page.next;
  }
  return plan.result(place === null);
}

class Planning {
  looked = 0;
  readonly #context: PlanContext;
  readonly #kind: BulkKind;
  readonly #selection: FrozenSelection;
  readonly #patch: Patch | null;
  readonly #skipped: Partial<Record<Skip, number>> = {};
  readonly #problems: { jobId: string; problem: string }[] = [];
  #eligible = 0;
  #alone = 0;

  constructor(
    context: PlanContext,
    kind: BulkKind,
    selection: FrozenSelection,
    patch: Patch | null,
  ) {
    this.#context = context;
    this.#kind = kind;
    this.#selection = selection;
    this.#patch = patch;
  }

  async look(redis: Redis, found: readonly Found[], looked: number): Promise<void> {
    this.looked += looked;
    const dead = found.filter((each) => this.#isDead(each));
    if (this.#kind === 'discard') this.#eligible += dead.length;
    else await this.#lookAtJobs(redis, dead);
    this.#context.onProgress?.(this.looked);
  }

  result(isComplete: boolean): BulkPlan {
    const isKnown = this.#context.schemas.knows(this.#selection.queue);
    return {
      ...{ kind: this.#kind, queue: this.#selection.queue, eligible: this.#eligible },
      ...{ skipped: this.#skipped, alone: this.#alone, problems: this.#problems },
      schema: this.#patch ? (isKnown ? 'checked' : 'unknown') : 'unneeded',
      ...{ looked: this.looked, isComplete },
    };
  }

  #isDead({ state, failedAt }: Found): boolean {
    if (state === '') return this.#skip('gone');
    if (failedAt > this.#selection.frozenAt) return this.#skip('newer');
    if (this.#kind === 'discard' || state === 'dead') return true;
    return this.#skip(state === 'replayed' ? 'already-replayed' : 'discarded');
  }

  async #lookAtJobs(redis: Redis, dead: readonly Found[]): Promise<void> {
    const checks = await this.#check(redis, dead);
    const possible = dead.filter((_, i) => checks[i] !== 'alive' || this.#skip('alive'));
    const orphans = new Set(dead.filter((_, i) => checks[i] === 'orphan'));
    const fit = this.#patch ? await this.#fitting(redis, possible, this.#patch) : possible;
    this.#eligible += fit.length;
    this.#alone += fit.filter((each) => orphans.has(each)).length;
  }

  async #check(redis: Redis, dead: readonly Found[]): Promise<Check[]> {
    if (dead.length === 0) return [];
    const { queue } = this.#selection;
    const { prefix, name } = queueOfLabel(queue);
    const queueKeys = new QueueKeys(prefix);
    const ids = dead.map(({ jobId }) => jobId);
    const pairs = ids.flatMap((id) => [
      this.#context.keys.deadLetter(queue, id),
      queueKeys.toKey(name, id),
    ]);
    const all = [queueKeys.toKey(name, 'failed'), ...pairs];
    return (await redis.eval(CHECK_LUA, all.length, ...all, ...ids)) as Check[];
  }

  /** Those whose data the patch and the schema accept. */
  async #fitting(redis: Redis, possible: readonly Found[], patch: Patch): Promise<Found[]> {
    const { keys } = this.#context;
    const { queue } = this.#selection;
    const fitting: Found[] = [];
    for (const part of partsOf(possible)) {
      for (const { found, job } of await readJobs(redis, keys, queue, part)) {
        if (!job) {
          this.#skip('unreadable');
          continue;
        }
        const prepared = this.#tells(job, patch)
          ? TELLING
          : await prepareData(queue, job, patch, this.#context);
        if (!('skip' in prepared)) {
          fitting.push(found);
          continue;
        }
        this.#skip(prepared.skip);
        if (this.#problems.length < MOST_PROBLEMS)
          this.#problems.push({ jobId: found.jobId, problem: prepared.problem });
      }
    }
    return fitting;
  }

  /** Whether it can be applied would tell what encrypted data holds. */
  #tells({ data }: OriginalJob, patch: Patch): boolean {
    if (this.#context.mayReadData || !patch.some(({ op }) => op === 'test')) return false;
    return readStoredHead(data).isEncrypted;
  }

  #skip(skip: Skip): false {
    this.#skipped[skip] = (this.#skipped[skip] ?? 0) + 1;
    return false;
  }
}
