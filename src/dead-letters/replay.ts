/**
 * Puts the job of a dead letter back into its queue, under its own id.
 *
 * BullMQ's own scripts add the job; around them, in the same step, a companion looks whether that is still right,
 * takes the failed job away, and marks the record. So a job is replayed once, whoever asks and whoever is killed:
 * the state of its record is the truth. Attempts start anew and the wait begins now; priority, lifo, attempts,
 * backoff and the parent stay. A delay, a scheduler and a deduplication belonged to the first run and do not.
 */
import { Job, type JobJson, type JobsOptions, QueueKeys, type RedisQueueBackend } from 'bullmq';
import { backendOn } from '../backend/run-add.ts';
import { type Keys, queueOfLabel } from '../keys.ts';
import { type Companion, companionName, withExtras } from '../redis/companions.ts';
import type { Connection, ScriptClient } from '../redis/connection.ts';
import { passingOf, toConnectionLost } from '../redis/connection-lost.ts';
import type { OriginalJob } from './dead-letter.ts';

/** The field of BullMQ's hash that tells where a replayed job comes from. */
export const PROVENANCE_FIELD = 'drover';

/** What the field holds, as JSON. */
export interface Provenance {
  readonly replayOf: {
    readonly queue: string;
    readonly jobId: string;
    readonly failedAt: number;
    readonly deaths: number;
    /** When the job was first added, epoch ms. */
    readonly addedAt: number;
  };
  /** The bulk action. */
  readonly by: string;
  readonly actor: string;
  /** Epoch ms. */
  readonly at: number;
}

/** A dead letter that is to be replayed, as it was read. */
export interface Replay {
  readonly jobId: string;
  readonly failedAt: number;
  readonly deaths: number;
  readonly job: OriginalJob;
  /** The data to run with; the job's own unless a patch has changed it. */
  readonly data: string;
}

/**
 * What came of one: replayed · done: by this action before · alive: a job of this id exists and has not failed ·
 * gone: no record any more · newer: it died again since it was read · discarded · halted: the action was paused or
 * aborted, or another leader carries it on.
 */
export type ReplayOutcome =
  | 'replayed'
  | 'done'
  | 'already-replayed'
  | 'alive'
  | 'gone'
  | 'newer'
  | 'discarded'
  | 'halted';

/** An outcome, or the error with which Redis or BullMQ's script refused this one. */
export type ReplayResult =
  | { readonly outcome: ReplayOutcome; readonly isAlone: boolean }
  | { readonly error: Error };

/**
 * Behind BullMQ's KEYS: bulk action, record, job, failed set · behind its ARGV: job id, key of the parent or '',
 * failedAt as it was read, bulk id, epoch of the leader, time, provenance. Returns a word: what came of it; 'orphan' when the parent is gone, and
 * nothing was done; BullMQ's negative number or its error when it does not add the job. The first write is one that
 * a full Redis refuses, so nothing is taken away then. What the children of a job returned is kept for it.
 * One step: a kill in between would leave a job that is replayed twice, or a failed job that is nowhere.
 */
const REPLAY_LUA = /* lua */ `
local k, v = #KEYS, #ARGV
local action, record, job, failed = KEYS[k - 3], KEYS[k - 2], KEYS[k - 1], KEYS[k]
local id, parent, failedAt, by, epoch, at, provenance = unpack(ARGV, v - 6)
local now = redis.call('HMGET', action, 'state', 'epoch')
if (now[1] ~= 'running' and now[1] ~= 'canary') or tonumber(now[2] or 0) > tonumber(epoch) then return 'halted' end
local was = redis.call('HMGET', record, 'state', 'failedAt', 'replayedBy')
if not was[1] then return 'gone' end
if was[3] == by then return 'done' end
if was[1] == 'replayed' then return 'already-replayed' end
if was[1] ~= 'dead' then return 'discarded' end
if was[2] ~= failedAt then return 'newer' end
if redis.call('EXISTS', job) == 1 and not redis.call('ZSCORE', failed, id) then return 'alive' end
if parent ~= '' and redis.call('EXISTS', parent) == 0 then return 'orphan' end
redis.call('HSET', record, 'state', 'replayed', 'replayedAt', at, 'replayedBy', by)
redis.call('ZREM', failed, id)
redis.call('DEL', job, job .. ':logs', job .. ':lock', job .. ':dependencies', job .. ':unsuccessful')
local isRun, result = pcall(bullmq, KEYS, ARGV)
if not isRun or (type(result) == 'number' and result < 0) then
  redis.call('HSET', record, 'state', 'dead')
  redis.call('HDEL', record, 'replayedAt', 'replayedBy')
  if not isRun and type(result) == 'string' then return redis.error_reply(result) end
  return result
end
redis.call('HSET', job, '${PROVENANCE_FIELD}', provenance)
redis.call('HDEL', record, 'awaitedBy')
if parent ~= '' and (redis.call('ZREM', parent .. ':unsuccessful', job) == 1
    or redis.call('HDEL', parent .. ':failed', job) == 1) then
  redis.call('SADD', parent .. ':dependencies', job)
  redis.call('HSET', record, 'awaitedBy', parent)
end
return 'replayed'`;

/** Script → its companion. A dead job is added plainly or by priority, never delayed nor waiting for children. */
const COMPANIONS_OF: ReadonlyMap<string, Companion> = new Map(
  Object.entries({ addStandardJob: 9, addPrioritizedJob: 9 }).map(([script, ownKeys]) => [
    script,
    { script, name: 'replay', ownKeys, extraKeys: 4, lua: REPLAY_LUA },
  ]),
);

/** All of them, for the clients. */
export const REPLAY_COMPANIONS: readonly Companion[] = [...COMPANIONS_OF.values()];

/** Who replays. */
export interface ReplayedBy {
  readonly bulkId: string;
  /** Of the leader. */
  readonly epoch: number;
  readonly actor: string;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Replays dead letters of one queue in one pipeline; the results in their order.
 *
 * Rejects when the connection is lost, or when Redis refuses commands: then all of them may be sent again.
 */
export async function replay(
  bulk: Connection,
  keys: Keys,
  queue: string,
  replays: readonly Replay[],
  by: ReplayedBy,
): Promise<ReplayResult[]> {
  const client = await bulk.client;
  const send = new Sender(client, keys, queue, by);
  const first = await send.all(replays, true);
  const orphans = replays.filter((_, i) => first[i] === 'orphan');
  const again = orphans.length > 0 ? await send.all(orphans, false) : [];
  return first.map((reply) =>
    reply === 'orphan' ? toResult(again.shift()!, true) : toResult(reply, false),
  );
}

type Reply = string | number | Error;

class Sender {
  readonly #client: ScriptClient;
  readonly #keys: Keys;
  readonly #queue: string;
  readonly #by: ReplayedBy;
  readonly #backend: RedisQueueBackend;
  readonly #jobKey: (id: string) => string;

  constructor(client: ScriptClient, keys: Keys, queue: string, by: ReplayedBy) {
    const { prefix, name } = queueOfLabel(queue);
    const queueKeys = new QueueKeys(prefix);
    this.#client = client;
    this.#keys = keys;
    this.#queue = queue;
    this.#by = by;
    this.#backend = backendOn(client, { prefix, queue: name });
    this.#jobKey = (id) => queueKeys.toKey(name, id);
  }

  async all(replays: readonly Replay[], withParent: boolean): Promise<Reply[]> {
    const pipeline = this.#client.pipeline();
    const isSent = replays.map((each): true | Error => {
      try {
        const json = toJobJson(each, withParent, this.#by.at);
        const accompanied = this.#accompanied(pipeline, each, json.parentKey ?? '');
        // Its answer comes with the pipeline's.
        this.#backend.addJobToTransaction(accompanied, json, each.jobId).catch(() => {});
        return true;
      } catch (error) {
        return error as Error; // What is stored of its options or its parent is no JSON.
      }
    });
    const replies = (await pipeline.exec()) as [Error | null, string | number][];
    for (const [error] of replies) if (error && isPassing(error)) throw error;
    const answers = replies.map(([error, reply]) => error ?? reply);
    return isSent.map((sent) => (sent === true ? answers.shift()! : sent));
  }

  /** The pipeline as BullMQ's backend writes to it, for one job. */
  #accompanied(pipeline: Pipeline, each: Replay, parentKey: string): ScriptClient {
    const { jobId, failedAt } = each;
    const { bulkId, epoch, at } = this.#by;
    const extraKeys = [
      this.#keys.bulk(this.#by.bulkId),
      this.#keys.deadLetter(this.#queue, jobId),
      this.#jobKey(jobId),
      this.#jobKey('failed'),
    ];
    const provenance = JSON.stringify(this.#provenanceOf(each));
    const values = [jobId, parentKey, failedAt, bulkId, epoch, at, provenance];
    const runCommand = (command: string, args: unknown[]): unknown => {
      const [script, version] = command.split(':') as [string, string];
      const companion = COMPANIONS_OF.get(script)!;
      const extended = withExtras(companion, args, extraKeys, values);
      return pipeline.runCommand(`${companionName(companion)}:${version}`, extended);
    };
    return { runCommand } as unknown as ScriptClient;
  }

  #provenanceOf({ jobId, failedAt, deaths, job }: Replay): Provenance {
    const { bulkId, actor, at } = this.#by;
    const addedAt = Number(job.timestamp);
    const replayOf = { queue: this.#queue, jobId, failedAt, deaths, addedAt };
    return { replayOf, by: bulkId, actor, at };
  }
}

type Pipeline = ReturnType<ScriptClient['pipeline']>;

/** The job as BullMQ adds it. */
function toJobJson({ jobId, job, data }: Replay, withParent: boolean, now: number): JobJson {
  const { delay, repeat, repeatJobKey, deduplication, debounce, prevMillis, parent, ...opts } =
    Job.optsFromJSON(job.opts) as JobsOptions & Record<string, unknown>;
  const isChild = withParent && job.parentKey !== undefined && job.parent !== undefined;
  return {
    ...{ id: jobId, name: job.name, data, timestamp: now },
    opts: { ...opts, jobId, ...(isChild && parent && { parent }) } as JobsOptions,
    ...(isChild && { parentKey: job.parentKey, parent: JSON.parse(job.parent!) }),
    ...{ progress: 0, attemptsMade: 0, attemptsStarted: 0, stalledCounter: 0 },
    ...{ failedReason: '', returnvalue: '' },
  };
}

function toResult(reply: Reply, isAlone: boolean): ReplayResult {
  if (reply instanceof Error) return { error: reply };
  if (typeof reply === 'number') return { error: new Error(`BullMQ refuses to add it (${reply})`) };
  return { outcome: reply as ReplayOutcome, isAlone };
}

/** Whether the same can succeed later: then nothing is counted as failed. */
function isPassing(error: Error): boolean {
  const isLost = toConnectionLost(error) !== undefined;
  return isLost || passingOf(error) !== undefined;
}
