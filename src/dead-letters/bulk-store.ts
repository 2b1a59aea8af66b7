/**
 * Bulk actions in Redis: made and controlled by operators, carried on by the leader.
 *
 * What the leader writes carries its epoch, and a smaller one than the last is refused: a leader that has been
 * replaced moves nothing any more. A state is only written over one from which it may be reached.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import {
  ACTIVE,
  type BulkAction,
  type BulkState,
  ENDED,
  parseBulkAction,
  toHash,
} from './bulk-action.ts';

/** Ended actions are kept so long, and at most so many. */
const KEEP_S = 30 * 24 * 60 * 60;
const MOST_KEPT = 200;
/** Ids that were written for an action that was never made. */
const UNUSED_IDS_S = 60 * 60;
const IDS_AT_ONCE = 1_000;

/**
 * KEYS 1 all actions · ARGV 1 what the key of an action begins with, 2 most that are kept, 3 and on active states.
 * Returns the ids of active actions, oldest first. Forgets those that are gone, and the oldest ended ones that are too
 * many. One step, and one command a second while nothing is to be done.
 */
const ACTIVE_LUA = /* lua */ `
local active, isActive = {}, {}
for i = 3, #ARGV do isActive[ARGV[i]] = true end
local ids = redis.call('ZRANGE', KEYS[1], 0, -1)
local spare = #ids - tonumber(ARGV[2])
for _, id in ipairs(ids) do
  local state = redis.call('HGET', ARGV[1] .. id, 'state')
  if not state then
    redis.call('ZREM', KEYS[1], id)
  elseif isActive[state] then
    active[#active + 1] = id
  elseif spare > 0 and state ~= 'paused' then
    redis.call('DEL', ARGV[1] .. id, ARGV[1] .. id .. ':ids')
    redis.call('ZREM', KEYS[1], id)
    spare = spare - 1
  end
end
return active`;

/**
 * KEYS 1 action · ARGV 1 epoch. Returns the fields and values of the action; none when it is gone, or when a later
 * leader has it. One step: what the leader before has saved is in the answer, and what it saves later is refused.
 */
const CLAIM_LUA = /* lua */ `
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0)
if redis.call('EXISTS', KEYS[1]) == 0 or epoch > tonumber(ARGV[1]) then return {} end
if epoch ~= tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'epoch', ARGV[1]) end
return redis.call('HGETALL', KEYS[1])`;

/**
 * KEYS 1 action · ARGV 1 epoch, 2 number of fields that are set, then those, then pairs of a field and what is added.
 * Returns the state of the action, 'fenced' for an epoch that is over, 'gone'. One step: place and counts belong
 * together, or something would be counted twice after a change of leader.
 */
const SAVE_LUA = /* lua */ `
local was = redis.call('HMGET', KEYS[1], 'state', 'epoch')
if not was[1] then return 'gone' end
if tonumber(was[2] or 0) > tonumber(ARGV[1]) then return 'fenced' end
local added = 3 + 2 * ARGV[2]
redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
for i = 3, added - 1, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
for i = added, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
return was[1]`;

/**
 * KEYS 1 action, 2 its ids · ARGV 1 epoch or '' for an operator, 2 new state, 3 seconds to keep it or '' for ever,
 * 4 number of states from which it may be reached, then those, then fields and values. Returns 1, or the state that
 * forbids it, or 'gone' or 'fenced'. One step: an operator and the leader may write at the same moment.
 */
const MOVE_LUA = /* lua */ `
local was = redis.call('HMGET', KEYS[1], 'state', 'epoch')
if not was[1] then return 'gone' end
if ARGV[1] ~= '' and tonumber(was[2] or 0) > tonumber(ARGV[1]) then return 'fenced' end
local isAllowed = false
for i = 5, 4 + ARGV[4] do isAllowed = isAllowed or ARGV[i] == was[1] end
if not isAllowed then return was[1] end
redis.call('HSET', KEYS[1], 'state', ARGV[2], unpack(ARGV, 5 + ARGV[4]))
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'epoch', ARGV[1]) end
for i = 1, 2 do
  if ARGV[3] == '' then redis.call('PERSIST', KEYS[i]) else redis.call('EXPIRE', KEYS[i], ARGV[3]) end
end
return 1`;

/** Fields of the hash and their values. */
export type Fields = Readonly<Record<string, string | number>>;

/** What is written when a state is changed. */
export interface Move {
  readonly from: readonly BulkState[];
  readonly to: BulkState;
  readonly fields: Fields;
  /** Of the leader; an operator has none. */
  readonly epoch?: number;
}

/** Where actions of one kind are kept. The ids of an action are kept under its own key and `:ids`. */
export type BulkKeys = Pick<Keys, 'bulks' | 'bulk' | 'bulkIds'>;

/** Reads and writes bulk actions. */
export class BulkStore {
  readonly #keys: BulkKeys;

  constructor(keys: BulkKeys) {
    this.#keys = keys;
  }

  /** Makes an action. */
  async create(redis: Redis, id: string, action: Parameters<typeof toHash>[0]): Promise<void> {
    const hash = Object.entries(toHash(action)).flat();
    const replies = await redis
      .multi()
      .hset(this.#keys.bulk(id), ...hash)
      .persist(this.#keys.bulkIds(id))
      .zadd(this.#keys.bulks(), action.selection.frozenAt, id)
      .exec();
    for (const [error] of replies ?? []) if (error) throw error;
  }

  /** Stores chosen ids, for an action that is made next. */
  async putIds(redis: Redis, id: string, jobIds: readonly string[]): Promise<void> {
    const key = this.#keys.bulkIds(id);
    for (let start = 0; start < jobIds.length; start += IDS_AT_ONCE) {
      await redis.rpush(key, ...jobIds.slice(start, start + IDS_AT_ONCE));
      if (start === 0) await redis.expire(key, UNUSED_IDS_S);
    }
  }

  async get(redis: Redis, id: string): Promise<BulkAction | undefined> {
    return parseBulkAction(id, await redis.hgetall(this.#keys.bulk(id)));
  }

  /** The action, taken over from any leader before; undefined when a later one has it. */
  async claim(redis: Redis, id: string, epoch: number): Promise<BulkAction | undefined> {
    const reply = (await redis.eval(CLAIM_LUA, 1, this.#keys.bulk(id), epoch)) as string[];
    const hash: Record<string, string> = {};
    for (let i = 0; i < reply.length; i += 2) hash[reply[i]!] = reply[i + 1]!;
    return parseBulkAction(id, hash);
  }

  /** The newest actions. */
  async list(redis: Redis, most: number): Promise<BulkAction[]> {
    const ids = await redis.zrevrange(this.#keys.bulks(), 0, most - 1);
    const actions = await Promise.all(ids.map((id) => this.get(redis, id)));
    return actions.filter((action) => action !== undefined);
  }

  /** Ids of actions that the leader has to carry on. */
  async active(redis: Redis): Promise<string[]> {
    const { bulks, bulk } = this.#keys;
    return (await redis.eval(ACTIVE_LUA, 1, bulks(), bulk(''), MOST_KEPT, ...ACTIVE)) as string[];
  }

  /** Writes the leader's progress; returns the state, which an operator may have changed meanwhile. */
  async save(
    redis: Redis,
    id: string,
    epoch: number,
    set: Fields,
    add: Readonly<Record<string, number>> = {},
  ): Promise<BulkState | 'fenced' | 'gone'> {
    const added = Object.entries(add).filter(([, count]) => count !== 0);
    const values = [...Object.entries(set), ...added].flat();
    const count = Object.keys(set).length;
    return (await redis.eval(
      SAVE_LUA,
      1,
      this.#keys.bulk(id),
      epoch,
      count,
      ...values,
    )) as BulkState;
  }

  /** Changes the state; returns true, or the state that forbids it. */
  async move(redis: Redis, id: string, { from, to, fields, epoch }: Move): Promise<true | string> {
    const keepS = ENDED.includes(to) ? KEEP_S : '';
    const values = [epoch ?? '', to, keepS, from.length, ...from, ...Object.entries(fields).flat()];
    const { bulk, bulkIds } = this.#keys;
    const reply = await redis.eval(MOVE_LUA, 2, bulk(id), bulkIds(id), ...values);
    return reply === 1 ? true : String(reply);
  }
}

/** An id that sorts by the time it was made at. */
export function newBulkId(now: number): string {
  return `${now.toString(36).padStart(9, '0')}${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}
