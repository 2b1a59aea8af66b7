/**
 * Appends entries to the audit in Redis, as one chain that all processes share.
 *
 * The hash of an entry needs the one before it, so whoever appends says which one that was. When another process was
 * first, nothing is written and the present head comes back: then the same entries are chained to that one. What
 * this process appends at the same moment goes in one step. An entry that cannot be written rejects, and is not
 * written later.
 */

import type { OutageGate } from '../backend/outage-gate.ts';
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import { refusalOf } from '../redis/connection-lost.ts';
import type { Hub } from '../redis/hub.ts';
import { type AuditRecord, type ChainPlace, chainEntry, GENESIS } from './audit-entry.ts';

const AT_ONCE = 100;
const MOST_TRIES = 60;
const RETRY_BACKOFF = { minDelayMs: 1, maxDelayMs: 40 };

/**
 * KEYS 1 audit, 2 its head, 3 anchors · ARGV 1 number and 2 hash of the entry that these follow, 3 now (epoch ms), 4 most
 * entries, 5 every how many there is an anchor, 6 most anchors, then pairs of text and hash.
 * Returns {1} when they are written, or were already by the same call before; {0, number, hash} of the head when they
 * follow another one; {-1, message} when the stream cannot take them.
 * One step: two that append at once would fork the chain, and an entry that is trimmed must leave its anchor.
 * The entry's number is its id. Should the head be lost, or older than the stream, the newest entry stands in for it.
 */
const APPEND_LUA = /* lua */ `
local function hashOf(n)
  local found = redis.call('XRANGE', KEYS[1], n .. '-0', n .. '-0')[1]
  if not found then return nil end
  for i = 1, #found[2], 2 do
    if found[2][i] == 'hash' then return found[2][i + 1] end
  end
end
local function anchor(n, hash)
  if redis.call('ZCOUNT', KEYS[3], n, n) > 0 then return end
  redis.call('ZADD', KEYS[3], n, string.format('%d:%s:%s', n, hash, ARGV[3]))
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[6]))
end
local head = redis.call('HMGET', KEYS[2], 'n', 'hash')
local n, hash = tonumber(head[1]) or 0, head[2] or ''
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local newestN = newest and tonumber(string.match(newest[1], '^(%d+)%-0$'))
if newestN and newestN > n then
  n, hash = newestN, hashOf(newestN) or ''
elseif n == 0 and not newest then
  redis.call('DEL', KEYS[1])
end
if n ~= tonumber(ARGV[1]) or hash ~= ARGV[2] then
  if hashOf(string.format('%d', ARGV[1] + 1)) == ARGV[8] then return {1} end
  return {0, n, hash}
end
for i = 7, #ARGV, 2 do
  n, hash = n + 1, ARGV[i + 1]
  local added = redis.pcall('XADD', KEYS[1], string.format('%d-0', n), 'entry', ARGV[i], 'hash', hash)
  if added.err then return {-1, added.err} end
  if n % ARGV[5] == 0 then
    anchor(n, hash)
    local cut = n - ARGV[4]
    if cut > 0 and redis.call('XLEN', KEYS[1]) > tonumber(ARGV[4]) then
      local last = hashOf(string.format('%d', cut))
      if last then anchor(cut, last) end
      redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[4])
    end
  end
end
redis.call('HSET', KEYS[2], 'n', string.format('%d', n), 'hash', hash)
return {1}`;

/** How much is kept. */
export interface AuditLimits {
  readonly mostEntries: number;
  /** Every how many entries there is an anchor, and entries that are too many go. */
  readonly anchorEvery: number;
  readonly mostAnchors: number;
}

/** As the catalogue of keys says it. */
export const AUDIT_LIMITS: AuditLimits = {
  mostEntries: 100_000,
  anchorEvery: 1_000,
  mostAnchors: 1_000,
};

/** What the chain works on. */
export interface AuditChainOptions {
  readonly hub: Pick<Hub, 'command'>;
  readonly gate: Pick<OutageGate, 'run'>;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly now: () => number;
  readonly limits?: AuditLimits;
  readonly clock?: Clock;
}

interface Waiting {
  readonly record: AuditRecord;
  readonly resolve: (n: number | undefined) => void;
  readonly reject: (error: unknown) => void;
}

type Reply = readonly [1] | readonly [0, number, string] | readonly [-1, string];

/** The shared chain, as one process appends to it. */
export class AuditChain {
  readonly #options: AuditChainOptions;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #isRunning = false;
  /** The newest entry as far as this process knows. */
  #head: ChainPlace = GENESIS;

  constructor(options: AuditChainOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Whether Redis is there at this moment. */
  get isReachable(): boolean {
    return this.#options.hub.command.isReady;
  }

  /**
   * Appends an entry; the answer is its number, undefined when the user of Redis has no right to write there. Rejects
   * with QUEUE_UNAVAILABLE and AUDIT_FAILED.
   */
  append(record: AuditRecord): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, AT_ONCE);
      try {
        const from = await this.#write(batch.map(({ record }) => record));
        for (const [i, { resolve }] of batch.entries())
          resolve(from === undefined ? undefined : from + i);
      } catch (error) {
        // Those behind it would only wait longer for the same.
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(error);
      }
    }
    this.#isRunning = false;
  }

  /** Number of the first one. */
  async #write(records: readonly AuditRecord[]): Promise<number | undefined> {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const entries = chainAll(this.#head, records);
      const reply = await this.#send(entries);
      if (reply === 'no-right') return undefined;
      if (reply[0] === -1) throw failed(reply[1]);
      if (reply[0] === 1) {
        this.#head = entries.at(-1)!;
        this.#tellAnchors(entries);
        return entries[0]!.n;
      }
      // The first try of a process only asks for the head.
      if (this.#head !== GENESIS) await this.#pause(tries);
      this.#head = { n: reply[1], hash: reply[2] };
    }
    throw failed(`other processes were faster ${MOST_TRIES} times in a row`);
  }

  #send(entries: ReturnType<typeof chainAll>): Promise<Reply | 'no-right'> {
    const { hub, gate, keys, now, limits = AUDIT_LIMITS } = this.#options;
    const { mostEntries, anchorEvery, mostAnchors } = limits;
    const pairs = entries.flatMap(({ text, hash }) => [text, hash]);
    return gate.run(hub.command, 'fail', 'repeat', async () => {
      const redis = await hub.command.raw();
      const settings = [this.#head.n, this.#head.hash, now(), mostEntries, anchorEvery];
      const names = [keys.audit(), keys.auditHead(), keys.auditAnchors()] as const;
      try {
        const values = [...settings, mostAnchors, ...pairs];
        return (await redis.eval(APPEND_LUA, 3, ...names, ...values)) as Reply;
      } catch (error) {
        if (refusalOf(error) === 'NOPERM') return 'no-right';
        throw error;
      }
    });
  }

  #tellAnchors(entries: ReturnType<typeof chainAll>): void {
    const { announce, limits = AUDIT_LIMITS } = this.#options;
    for (const { n, hash } of entries)
      if (n % limits.anchorEvery === 0) announce('audit.anchored', { n, hash });
  }

  async #pause(tries: number): Promise<void> {
    await sleep(backoffDelay(tries, RETRY_BACKOFF), { clock: this.#clock });
  }
}

function chainAll(head: ChainPlace, records: readonly AuditRecord[]) {
  const entries: ReturnType<typeof chainEntry>[] = [];
  for (const record of records) entries.push(chainEntry(entries.at(-1) ?? head, record));
  return entries;
}

function failed(reason: string): CoordinatorError {
  return new CoordinatorError(
    'AUDIT_FAILED',
    `The action could not be written down in the audit, so it was not done: ${reason}`,
  );
}
