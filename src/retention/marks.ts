/**
 * Goes once over all keys of Redis and tells what refers to bodies and dictionaries.
 *
 * References are in the hashes of jobs and of job schedulers, in what deduplication keeps for later (`dn:`), in the
 * results that parents keep of their children (`:processed`), and in dead letters. Everything under the prefix of a
 * queue is looked at, whatever the queue is named: a flow may put its parts anywhere. Each page is one short script;
 * only what refers is sent. A large hash goes by pages of its own; what is too large to be a pointer is not read, but
 * for dictionaries, and then within a budget.
 *
 * SCAN returns what was there from the beginning to the end. A reference that moves meanwhile (a dead letter that is
 * replayed) may be missed: whoever deletes must have missed it in several rounds.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import { ENVELOPE_PREFIX, POINTER_PREFIX } from '../payloads/envelope.ts';

/** Keys of one page: about a millisecond of Redis. */
const PAGE = 100;
/** Fields of one page of a large hash. */
const FIELDS = 100;
/** Bytes that one script may read; the keys that are left are read by the next one. */
const BUDGET_BYTES = 512 * 1_024;
/** Redis rests for so much longer than a page took. */
const REST = 2;
const LONGEST_REST_MS = 50;

/** No pointer is longer. */
const LONGEST_POINTER = 512;
/** What is longer than this is not even looked at for a dictionary. */
const MOST_READ = 4 * 1_024 * 1_024;
/** Hashes with more fields go by pages. */
const MOST_FIELDS = 100;

const ESCAPED_PREFIX: string = ENVELOPE_PREFIX.replaceAll('"', '\\"');

/**
 * Functions, for the scripts below: `note(text)`, `look(key)`. KEYS are the scripts' own · ARGV 1 what the keys of
 * dead letters begin with, 2 whether dictionaries are asked for, 3 how many bytes may be read. Returns nothing.
 * `texts` has what refers, each once; `large` the hashes that go by pages. In one step only to spare round trips.
 */
const LOOK_LUA = /* lua */ `
local letters, wanted, budget = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])
local seen, texts, large, isBlind = {}, {}, {}, 0

local function note(text)
  local found
  if string.sub(text, 1, ${POINTER_PREFIX.length}) == '${POINTER_PREFIX}' then
    found = string.sub(text, 1, ${LONGEST_POINTER})
  elseif wanted then
    found = string.match(string.sub(text, 1, 120), '^{"%$drover":"%l%d+,%w+,%x+,')
  end
  if found and not seen[found] then
    seen[found] = true
    texts[#texts + 1] = found
  end
end

local function read(key, field, isWhole)
  local length = redis.call('HSTRLEN', key, field)
  if length == 0 or (length > ${LONGEST_POINTER} and not wanted and not isWhole) then return end
  if length > ${MOST_READ} then
    isBlind = 1
    return
  end
  budget = budget - length
  return redis.call('HGET', key, field)
end

local function lookAtField(key, field)
  local text = read(key, field)
  if text then note(text) end
end

-- The job is JSON within JSON.
local function lookAtLetter(key)
  local text, at = read(key, 'originalJob', true), 0
  for _ = 1, text and 16 or 0 do
    at = string.find(text, '${ESCAPED_PREFIX.replaceAll('\\', '\\\\')}', at + 1, true)
    if not at then return end
    note((string.gsub(string.sub(text, at, at + ${LONGEST_POINTER}), '\\\\"', '"')))
  end
end

local function lookAtResults(key)
  if redis.call('HLEN', key) > ${MOST_FIELDS} then
    large[#large + 1] = key
    return
  end
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if budget <= 0 then
      large[#large + 1] = key
      return
    end
    lookAtField(key, field)
  end
end

local function look(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'string' then
    note(redis.call('GETRANGE', key, 0, ${LONGEST_POINTER}))
  elseif kind == 'hash' then
    if string.sub(key, 1, #letters) == letters then lookAtLetter(key) end
    if string.sub(key, -10) == ':processed' then lookAtResults(key) end
    for _, field in ipairs({'data', 'returnvalue', 'progress'}) do lookAtField(key, field) end
  end
end`;

/**
 * KEYS none: a page of all of them · ARGV as above, 4 cursor, 5 keys in the page, then what the keys of queues begin
 * with. Returns [next cursor, keys, whether something was not read, texts, hashes that go by pages, keys that are
 * left]. One step: a round trip for each key would take hours.
 */
const PAGE_LUA = /* lua */ `${LOOK_LUA}
local page = redis.call('SCAN', ARGV[4], 'COUNT', ARGV[5])
local left = {}
local function isWanted(key)
  if string.sub(key, 1, #letters) == letters then return true end
  for i = 6, #ARGV do if string.sub(key, 1, #ARGV[i]) == ARGV[i] then return true end end
end
for _, key in ipairs(page[2]) do
  if isWanted(key) then
    if budget > 0 then look(key) else left[#left + 1] = key end
  end
end
return {page[1], #page[2], isBlind, texts, large, left}`;

/**
 * KEYS what is left of a page · ARGV as above. Returns what the script above does, without a cursor. One step as
 * above.
 */
const REST_LUA = /* lua */ `${LOOK_LUA}
local left = {}
for _, key in ipairs(KEYS) do if budget > 0 then look(key) else left[#left + 1] = key end end
return {'', #KEYS, isBlind, texts, large, left}`;

/**
 * KEYS 1 a hash · ARGV as above, 4 cursor, 5 fields in the page. Returns [next cursor, texts]. One step, so that only
 * what refers is sent.
 */
const FIELDS_LUA = /* lua */ `${LOOK_LUA}
local page = redis.call('HSCAN', KEYS[1], ARGV[4], 'COUNT', ARGV[5])
for i = 2, #page[2], 2 do note(page[2][i]) end
return {page[1], texts}`;

/** Where to look. */
export interface MarkOptions {
  /** What BullMQ's keys begin with: `bull:`. */
  readonly prefixes: readonly string[];
  /** What the keys of dead letters begin with. */
  readonly letters: string;
  /** Whether envelopes that name a dictionary are told too. */
  readonly withDictionaries: boolean;
  /** Called with the beginning of everything that refers. */
  readonly onReference: (text: string) => void;
  /** Called before each page; throws to end the round. */
  readonly onPage: () => void;
  readonly clock?: Clock;
}

/** What a round has seen. */
export interface Marks {
  readonly keys: number;
  /** Something was too large to be looked at: it may name a dictionary. */
  readonly isBlind: boolean;
}

type PageReply = [string, number, 0 | 1, string[], string[], string[]];

/** One round. Rejects when any page could not be read: then nothing is known. */
export async function markReferences(redis: Redis, options: MarkOptions): Promise<Marks> {
  return new MarkRound(redis, options).run();
}

/** One round over the keys. */
class MarkRound {
  readonly #redis: Redis;
  readonly #options: MarkOptions;
  readonly #clock: Clock;
  #keys = 0;
  #isBlind = false;

  constructor(redis: Redis, options: MarkOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async run(): Promise<Marks> {
    let cursor = '0';
    do {
      const args = [...this.#args, cursor, PAGE, ...this.#options.prefixes];
      const page = await this.#ask<PageReply>(PAGE_LUA, [], args);
      [cursor] = page;
      this.#keys += page[1];
      await this.#see(page);
    } while (cursor !== '0');
    return { keys: this.#keys, isBlind: this.#isBlind };
  }

  get #args(): (string | number)[] {
    const { letters, withDictionaries } = this.#options;
    return [letters, withDictionaries ? 1 : 0, BUDGET_BYTES];
  }

  async #see([, , isBlind, texts, large, left]: PageReply): Promise<void> {
    this.#isBlind ||= isBlind === 1;
    for (const text of texts) this.#options.onReference(text);
    for (const key of large) await this.#seeFields(key);
    if (left.length > 0) await this.#see(await this.#ask<PageReply>(REST_LUA, left, this.#args));
  }

  async #seeFields(key: string): Promise<void> {
    let cursor = '0';
    do {
      const args = [...this.#args, cursor, FIELDS];
      const [next, texts] = await this.#ask<[string, string[]]>(FIELDS_LUA, [key], args);
      for (const text of texts) this.#options.onReference(text);
      cursor = next;
    } while (cursor !== '0');
  }

  /** Jobs come first: Redis has time for them between two pages. */
  async #ask<Reply>(
    lua: string,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<Reply> {
    this.#options.onPage();
    const askedAt = this.#clock.monotonic();
    const reply = (await this.#redis.eval(lua, keys.length, ...keys, ...args)) as Reply;
    const tookMs = this.#clock.monotonic() - askedAt;
    await sleep(Math.min(LONGEST_REST_MS, tookMs * REST), { clock: this.#clock, background: true });
    return reply;
  }
}
