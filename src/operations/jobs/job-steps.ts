/**
 * Retries, promotes, removes and moves jobs: with BullMQ's own scripts, and around them, in the same step, the question
 * whether that is still right.
 *
 * A step that belongs to a bulk action also counts itself there and moves the action's place. So whoever is killed has
 * dealt with each job up to that place, once, and with none behind it. A move adds the job to the other queue and takes it
 * out of this one in one step: it is never in both and never in none.
 */
import { QueueKeys } from 'bullmq';
import { backendOn } from '../../backend/run-add.ts';
import type { Skip } from '../../dead-letters/bulk-action.ts';
import { queueOfLabel } from '../../keys.ts';
import { type Companion, companionName, withExtras } from '../../redis/companions.ts';
import type { Connection, ScriptClient } from '../../redis/connection.ts';
import { passingOf, toConnectionLost } from '../../redis/connection-lost.ts';
import type { JobBulkKind } from './job-bulk-order.ts';
import type { JobState } from './job-views.ts';
import type { MovedJob } from './moved-job.ts';
import { STATE_OF_LUA } from './state-of-lua.ts';

/** done · counted: by the leader before · halted: the action is paused or over, or another leader has it · why not. */
export type StepOutcome = 'done' | 'counted' | 'halted' | Skip;

/** What came of one job. */
export interface StepResult {
  readonly outcome: StepOutcome;
  /** The state that it was in. */
  readonly state: JobState | 'unknown';
}

/** One job to deal with. */
export interface Step {
  /**
   * `remove-childless`: a removal of a job that has no children, by whoever may not remove those. `unreadable`: a move whose
   * data nobody can open here; it is only counted.
   */
  readonly kind: JobBulkKind | 'remove-childless' | 'unreadable';
  readonly id: string;
  /** When it ended or was added, as it was read: '' when that does not matter. */
  readonly stamp: string;
  /** Behind it in its bulk action. */
  readonly place: number;
  /** Of a move: what is added to the other queue. */
  readonly moved?: MovedJob;
  /** Of a removal. @default true */
  readonly withChildren?: boolean;
}

/** The bulk action that a step belongs to. */
export interface StepAction {
  /** Its key; '' for a step of its own. */
  readonly key: string;
  readonly epoch: number;
  /** The state that jobs must be in; '' for any that allows it. */
  readonly jobState: string;
}

/** A step that belongs to no bulk action. */
export const SINGLE: StepAction = { key: '', epoch: 0, jobState: '' };

const EXTRA_KEYS = 4;

/**
 * Behind BullMQ's KEYS: bulk action (where there is none, the job once more), job, job in the other queue, counter of that.
 * Behind its ARGV: kind, id, prefix, stamp, wanted state, epoch, place, provenance. Returns what came of it and the state
 * before; an error of BullMQ's as it is. One step: a worker, another operator or another leader may act on the same job at
 * the same moment. A number as an id keeps the counter of the other queue behind it, or an add there would overwrite the job.
 */
const STEP_LUA = /* lua */ `
${STATE_OF_LUA}
local k, v = #KEYS, #ARGV
local action, job, moved, counter = KEYS[k - 3], KEYS[k - 2], KEYS[k - 1], KEYS[k]
local kind, id, prefix, stamp, wanted, epoch, place, provenance = unpack(ARGV, v - 7)
if action ~= job then
  local now = redis.call('HMGET', action, 'state', 'epoch', 'place')
  if now[1] ~= 'running' or tonumber(now[2] or 0) > tonumber(epoch) then return {'halted', 'unknown'} end
  if tonumber(now[3] or 0) >= tonumber(place) then return {'counted', 'unknown'} end
end
local function told(outcome, state)
  if action ~= job then
    redis.call('HINCRBY', action, outcome == 'done' and 'done' or 'skip:' .. outcome, 1)
    redis.call('HSET', action, 'place', place)
  end
  return {outcome, state}
end
if kind == 'unreadable' then return told(kind, 'unknown') end
local state = stateOf(prefix, id)
if not state then return told('gone', 'unknown') end
local was = redis.call('HMGET', job, 'finishedOn', 'timestamp', 'rjk', 'parentKey', 'opts', 'deid')
if stamp ~= '' and stamp ~= (was[1] or was[2] or '') then return told('newer', state) end
if wanted ~= '' and state ~= wanted then return told('state', state) end
local hasChildren = redis.call('EXISTS', job .. ':dependencies', job .. ':processed', job .. ':failed',
  job .. ':unsuccessful') > 0
local isFinished = state == 'failed' or state == 'completed'
if kind == 'retry' then
  if not isFinished then return told('state', state) end
  local isRead, opts = pcall(cjson.decode, was[5] or '{}')
  local push = isRead and type(opts) == 'table' and opts.lifo == true and 'RPUSH' or 'LPUSH'
  local value = state == 'failed' and 'failedReason' or 'returnvalue'
  bullmq({job, KEYS[2], prefix .. state, unpack(KEYS, 4, 9)}, {id, push, value, state, '0', '0'})
elseif kind == 'promote' then
  if state ~= 'delayed' then return told('state', state) end
  bullmq(KEYS, ARGV)
elseif kind == 'remove' or kind == 'remove-childless' then
  if state == 'active' then return told('state', state) end
  if kind == 'remove-childless' and hasChildren then return told('family', state) end
  local reply = bullmq(KEYS, ARGV)
  if reply == 0 then return told('locked', state) end
  if reply == -8 then return told('scheduled', state) end
else
  if state == 'active' or state == 'waiting-children' or state == 'unknown' then return told('state', state) end
  if redis.call('EXISTS', job .. ':lock') == 1 then return told('locked', state) end
  if was[3] and state == 'delayed' then return told('scheduled', state) end
  if was[4] or hasChildren then return told('family', state) end
  if redis.call('EXISTS', moved) == 1 then return told('taken', state) end
  local reply = bullmq(KEYS, ARGV)
  if type(reply) == 'number' and reply < 0 then return redis.error_reply('ERR BullMQ refuses to add it (' .. reply .. ')') end
  if redis.call('EXISTS', moved) == 0 then return told('taken', state) end
  redis.call('HSET', moved, 'drover', provenance)
  if string.find(id, '^%d+$') and #id < 16 and tonumber(redis.call('GET', counter) or 0) < tonumber(id) then
    redis.call('SET', counter, id)
  end
  local lists = {waiting = 'wait', paused = 'paused'}
  if lists[state] then redis.call('LREM', prefix .. lists[state], -1, id)
  else redis.call('ZREM', prefix .. state, id) end
  if was[6] and redis.call('GET', prefix .. 'de:' .. was[6]) == id then
    redis.call('DEL', prefix .. 'de:' .. was[6])
  end
  redis.call('UNLINK', job, job .. ':logs')
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000,
    '*', 'event', 'removed', 'jobId', id, 'prev', lists[state] or state)
end
return told('done', state)`;

/** Script of BullMQ → its number of keys. */
const SCRIPTS: Readonly<Record<string, number>> = {
  ...{ reprocessJob: 9, promote: 9, removeJob: 2 },
  ...{ addStandardJob: 9, addPrioritizedJob: 9, addDelayedJob: 6 },
};

const COMPANION_OF: ReadonlyMap<string, Companion> = new Map(
  Object.entries(SCRIPTS).map(([script, ownKeys]) => [
    script,
    { script, name: 'job-step', ownKeys, extraKeys: EXTRA_KEYS, lua: STEP_LUA },
  ]),
);

/** All of them, for the clients. */
export const JOB_COMPANIONS: readonly Companion[] = [...COMPANION_OF.values()];

/**
 * Deals with jobs of one queue in one pipeline; the results in their order, an error for those that BullMQ or Redis
 * refuses. Rejects when the connection is lost, or when the same can succeed later.
 *
 * @param to label of the other queue of a move
 */
export async function takeSteps(
  bulk: Connection,
  queue: string,
  steps: readonly Step[],
  action: StepAction,
  to: string = queue,
): Promise<(StepResult | Error)[]> {
  if (steps.length === 0) return [];
  const commands = await Promise.all(
    steps.map((step) =>
      commandOf(queue, step, action, to).catch((error: unknown) => error as Error),
    ),
  );
  const pipeline = (await bulk.client).pipeline();
  for (const command of commands)
    if (!(command instanceof Error)) pipeline.runCommand(command.name, command.args);
  const replies = (await pipeline.exec()) as [Error | null, [StepOutcome, JobState] | null][];
  for (const [error] of replies)
    if (error && (toConnectionLost(error) || passingOf(error))) throw error;
  return commands.map((command) => {
    if (command instanceof Error) return command; // What is stored of its options is no JSON.
    const [error, reply] = replies.shift()!;
    return error ?? { outcome: reply![0], state: reply![1] };
  });
}

interface Command {
  readonly name: string;
  readonly args: unknown[];
}

/** Has BullMQ's backend write its script's arguments, and makes of them those of its companion. */
async function commandOf(
  queue: string,
  step: Step,
  action: StepAction,
  to: string,
): Promise<Command> {
  const { kind, id, stamp, place, moved, withChildren = true } = step;
  const toKey = (label: string, part: string): string => {
    const { prefix, name } = queueOfLabel(label);
    return new QueueKeys(prefix).toKey(name, part);
  };
  let written: Command | undefined;
  const runCommand = (command: string, args: unknown[]): number => {
    const [script, version] = command.split(':') as [string, string];
    const companion = COMPANION_OF.get(script)!;
    const job = toKey(queue, id);
    // An empty key is one that a user of few rights may not use.
    const keys = [action.key || job, job, toKey(to, id), toKey(to, 'id')];
    const values = [kind, id, toKey(queue, ''), stamp, action.jobState, action.epoch, place];
    const extended = withExtras(companion, args, keys, [...values, moved?.provenance ?? '']);
    written = { name: `${companionName(companion)}:${version}`, args: extended };
    return 1;
  };
  const client = { runCommand } as unknown as ScriptClient;
  const target = queueOfLabel(moved ? to : queue);
  const backend = backendOn(client, { prefix: target.prefix, queue: target.name });
  if (kind === 'retry') await backend.retryFinishedJob({ id, opts: {} } as never, 'failed');
  else if (kind === 'promote') await backend.promote(id);
  else if (kind === 'remove' || kind === 'remove-childless') await backend.remove(id, withChildren);
  else await backend.addJobToTransaction(client, moved!.json, id);
  return written!;
}
