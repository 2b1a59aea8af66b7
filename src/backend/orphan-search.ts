/**
 * Looks for orphans in this process's queues after scripts were stopped half way, and puts them back.
 *
 * Two passes, five seconds apart: the first scans the keys in small steps on the bulk socket and remembers
 * suspects, the second asks once more about each, in one step with putting it back. Without a cause a round
 * does nothing. Safe in any number of processes at once; it must never delete anything.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import type { Announce } from '../events.ts';
import { queueLabel } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Hub } from '../redis/hub.ts';
import type { Halfway } from './halfway.ts';
import { slicesOf } from './large-adds.ts';
import { orphansAmong } from './orphans.ts';

/** What the search needs. */
export interface OrphanSearchOptions {
  readonly hub: Pick<Hub, 'onBulk' | 'refusals'>;
  readonly halfway: Halfway;
  /** Prefixes of the keys of this process's queues, with the colon at their end. */
  readonly queueKeys: () => readonly string[];
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** A denial is over when no script was stopped for this long: workers try again within five seconds. */
const QUIET_MS = 6_000;
const BETWEEN_PASSES_MS = 5_000;
const SCAN_COUNT = 500;
const LOOKED_AT_ONCE = 200;
/** Each is looked for in the whole line. */
const PUT_BACK_AT_ONCE = 10;
const LINE_PAGE = 5_000;

/** Queue, by the prefix of its keys → ids that may be orphans. */
type Suspects = ReadonlyMap<string, readonly string[]>;

/** The search of one coordinator. */
export class OrphanSearch {
  readonly #options: OrphanSearchOptions;
  readonly #clock: Clock;
  #suspects: { readonly at: number; readonly cause: number; readonly ids: Suspects } | undefined;
  #lookedAfter: number | undefined;
  #restored = 0;

  constructor(options: OrphanSearchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Jobs put back so far. */
  get restored(): number {
    return this.#restored;
  }

  /** One step of the search, if there is a cause for one. */
  async round(): Promise<void> {
    const { halfwayAt } = this.#options.hub.refusals;
    if (halfwayAt === undefined || halfwayAt === this.#lookedAfter) return;
    const now = this.#clock.monotonic();
    if (now - halfwayAt < QUIET_MS) return;
    if (this.#suspects?.cause !== halfwayAt) {
      this.#suspects = { at: now, cause: halfwayAt, ids: await this.#look() };
    } else if (now - this.#suspects.at >= BETWEEN_PASSES_MS) {
      await this.#putBack(this.#suspects.ids);
      this.#suspects = undefined;
      this.#lookedAfter = halfwayAt;
    }
  }

  /** Both passes now, whatever the cause. Takes five seconds and the time of a scan. */
  async restore(): Promise<number> {
    const suspects = await this.#look();
    if (suspects.size === 0) return 0;
    await sleep(BETWEEN_PASSES_MS, { clock: this.#clock });
    return this.#putBack(suspects);
  }

  #look(): Promise<Suspects> {
    const { hub, halfway, queueKeys } = this.#options;
    const queues = new Set([...queueKeys(), ...halfway.queueKeys]);
    return hub.onBulk(async (bulk: Connection) => {
      const suspects = new Map<string, string[]>();
      const redis = await bulk.raw();
      for (const [base, names] of byBase(queues))
        for await (const [queueKey, ids] of candidates(redis, base, names)) {
          const found = await orphansAmong(redis, queueKey, ids, 'look', this.#clock.now());
          suspects.set(queueKey, [...(suspects.get(queueKey) ?? []), ...found]);
        }
      for (const [queueKey, ids] of suspects) {
        const line = ids.length > 0 ? await readLine(redis, queueKey) : new Set();
        const missing = ids.filter((id) => !line.has(id));
        if (missing.length > 0) suspects.set(queueKey, missing);
        else suspects.delete(queueKey);
      }
      return suspects;
    });
  }

  #putBack(suspects: Suspects): Promise<number> {
    const { hub, halfway } = this.#options;
    return hub.onBulk(async (bulk: Connection) => {
      const redis = await bulk.raw();
      let restored = 0;
      for (const [queueKey, ids] of suspects) {
        const done: string[] = [];
        for (const slice of slicesOf(ids, PUT_BACK_AT_ONCE))
          done.push(...(await orphansAmong(redis, queueKey, slice, 'put back', this.#clock.now())));
        halfway.forgetQueue(queueKey);
        restored += done.length;
        this.#tell(queueKey, done);
      }
      return restored;
    });
  }

  #tell(queueKey: string, jobIds: readonly string[]): void {
    if (jobIds.length === 0) return;
    this.#restored += jobIds.length;
    const base = baseOf(queueKey);
    const queue = queueLabel(base.slice(0, -1), queueKey.slice(base.length, -1));
    const payload = { queue, restored: jobIds.length, jobIds: jobIds.slice(0, 10) };
    this.#options.announce('orphans.restored', payload);
  }
}

/** What the keys of all queues of one prefix begin with. */
function baseOf(queueKey: string): string {
  return queueKey.slice(0, queueKey.lastIndexOf(':', queueKey.length - 2) + 1);
}

function byBase(queueKeys: Iterable<string>): Map<string, string[]> {
  const bases = new Map<string, string[]>();
  for (const queueKey of queueKeys) {
    const base = baseOf(queueKey);
    bases.set(base, [...(bases.get(base) ?? []), queueKey]);
  }
  return bases;
}

/** Ids of everything that may be a job, in slices of one queue each. */
async function* candidates(
  redis: Redis,
  base: string,
  queueKeys: readonly string[],
): AsyncGenerator<[queueKey: string, ids: string[]]> {
  const pattern = `${base.replace(/[\\*?[\]]/g, '\\$&')}*`;
  const pending = new Map<string, string[]>();
  let cursor = '0';
  do {
    // ioredis's overloads know no TYPE behind COUNT.
    const args = [cursor, 'MATCH', pattern, 'COUNT', String(SCAN_COUNT), 'TYPE', 'hash'];
    const [next, keys] = (await redis.call('SCAN', ...args)) as [string, string[]];
    cursor = next;
    for (const key of keys) {
      const queueKey = queueKeys.find((prefix) => key.startsWith(prefix));
      if (!queueKey) continue;
      const ids = pending.get(queueKey) ?? [];
      ids.push(key.slice(queueKey.length));
      pending.set(queueKey, ids.length < LOOKED_AT_ONCE ? ids : []);
      if (ids.length >= LOOKED_AT_ONCE) yield [queueKey, ids];
    }
  } while (cursor !== '0');
  yield* pending;
}

/** Ids of the jobs that wait. Not one step: who moves meanwhile is asked about once more before it is put back. */
async function readLine(redis: Redis, queueKey: string): Promise<Set<string>> {
  const line = new Set<string>();
  for (const name of ['wait', 'paused']) {
    for (let start = 0; ; start += LINE_PAGE) {
      const page = await redis
        .lrange(queueKey + name, start, start + LINE_PAGE - 1)
        .catch(() => [] as string[]); // An old server's pause marker is no list.
      for (const id of page) line.add(id);
      if (page.length < LINE_PAGE) break;
    }
  }
  return line;
}
