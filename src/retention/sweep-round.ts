/**
 * One round of the sweep of bodies: list, mark, decide, delete, remember. Marks are made after the list, so that a body
 * whose job was added in between is marked.
 *
 * It rejects as soon as something could not be seen, before anything is deleted.
 */
import type { Redis } from 'ioredis';
import type { Clock } from '../base/clock.ts';
import type { BodyStore } from '../config/body-store.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import { dictionaryIdOf, readPointer } from '../payloads/envelope.ts';
import type { Lease } from '../redis/lease.ts';
import { type DeletionOptions, deleteBodies } from './body-deletion.ts';
import { Candidates } from './candidates.ts';
import { FormerDictionaries } from './former-dictionaries.ts';
import { forgetPlaces, prefixesOf, readPlaces } from './known-places.ts';
import { markReferences } from './marks.ts';
import { pagesOfStore } from './pages-of-store.ts';
import type { RoundTally } from './round-tally.ts';
import { isTimeSteady, type Moment, planSweep } from './sweep-plan.ts';
import {
  DICTIONARY_STORE,
  forgetUnused,
  readUnused,
  rememberUnused,
  toMember,
  type UnusedBody,
} from './unused-bodies.ts';

/** What a round leaves for the next one of the same process. */
export interface Memory {
  readonly turn: number;
  readonly parts: number;
  /** When dictionaries were looked for by a round that could delete some, monotonic ms. */
  readonly dictionariesAt: number | undefined;
  /** Rounds in a row that saw everything, over the same data. */
  readonly completed: number;
  /** The last of them. */
  readonly last: { readonly moment: Moment; readonly data: string } | undefined;
}

/** Before the first round. */
export const NO_MEMORY: Memory = {
  ...{ turn: 0, parts: 1, completed: 0, dictionariesAt: undefined, last: undefined },
};

/** What a round needs. */
export interface SweepRoundOptions {
  readonly redis: Redis;
  readonly stores: readonly BodyStore[];
  readonly keys: Keys;
  readonly lease: Pick<Lease, 'name'>;
  readonly epoch: number;
  readonly announce: Announce;
  readonly graceMs: number;
  readonly tally: RoundTally;
  readonly memory: Memory;
  /** Throws when the round must end. */
  readonly goOn: () => void;
  /** Ends what it waits for in a store. */
  readonly signal: AbortSignal;
  readonly most?: number;
  readonly clock: Clock;
}

/** Which data on which server a round looks at. */
interface Identity {
  readonly data: string;
  readonly server: string;
}

/** How unused things are decided about. */
interface Terms {
  readonly now: number;
  readonly graceMs: number;
  readonly isTimeTrusted: boolean;
  readonly mayDelete: boolean;
}

/** Dictionaries may be named by adds that wait on a disk for Redis. */
const DICTIONARY_GRACE_MS = 90 * 24 * 60 * 60_000;
/** Looking for them means reading all payloads that lie in Redis. */
const DICTIONARIES_EVERY_MS = 24 * 60 * 60_000;
/** Fewer are no sign that something was lost. */
const MANY = 100;

/** One round. */
export class SweepRound {
  readonly #options: SweepRoundOptions;
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #tally: RoundTally;

  constructor(options: SweepRoundOptions) {
    this.#options = options;
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#tally = options.tally;
  }

  /** Resolves with what the next round has to know. */
  async run(): Promise<Memory> {
    const { goOn, memory: remembered } = this.#options;
    const before = await this.#identity();
    const memory = remembered.last?.data === before.data ? remembered : NO_MEMORY;
    const candidates = await this.#candidates(memory);
    const places = await readPlaces(this.#redis, this.#keys);
    const dictionaries = new FormerDictionaries();
    const { monotonic } = this.#tally.moment;
    const { dictionariesAt = Number.NEGATIVE_INFINITY } = memory;
    const areDictionariesDue = monotonic - dictionariesAt >= DICTIONARIES_EVERY_MS;
    if (areDictionariesDue) await dictionaries.read(this.#redis, this.#keys, places);
    await this.#mark(places, candidates, dictionaries);
    const after = await this.#identity();
    if (before.data !== after.data || before.server !== after.server)
      throw new Error('Redis was restarted or replaced while it was gone over');
    goOn();
    const terms = this.#terms(memory, candidates);
    await this.#settleBodies(candidates, terms);
    if (areDictionariesDue) await this.#settleDictionaries(dictionaries, terms);
    goOn();
    await forgetPlaces(this.#redis, this.#keys, terms.now);
    return {
      turn: memory.turn + 1,
      parts: candidates.wantedParts,
      completed: memory.completed + 1,
      // What could delete nothing does not count: many a process leads for less than a day.
      dictionariesAt: areDictionariesDue && terms.mayDelete ? monotonic : memory.dictionariesAt,
      last: { moment: this.#tally.moment, data: after.data },
    };
  }

  /** Cursors mean something else on another server, and after a restart. */
  async #identity(): Promise<Identity> {
    const data = (await this.#redis.get(this.#keys.data())) ?? '';
    const info = await this.#redis.info('server').catch(() => ''); // Where it is denied, the data must do.
    return { data, server: /^run_id:(\w+)/m.exec(info)?.[1] ?? '' };
  }

  async #candidates({ turn, parts }: Memory): Promise<Candidates> {
    const { stores, most, clock, goOn, signal } = this.#options;
    const candidates = new Candidates({ turn, parts, ...(most !== undefined && { most }) });
    for (const store of stores) {
      for await (const page of pagesOfStore(store, signal, clock)) {
        goOn();
        for (const body of page) candidates.add(store.name, body);
      }
    }
    const { bodies, bytes, size } = candidates;
    Object.assign(this.#tally, { bodies, bytes, looked: size });
    return candidates;
  }

  /** Takes away what is referred to. */
  async #mark(
    places: readonly string[],
    candidates: Candidates,
    dictionaries: FormerDictionaries,
  ): Promise<void> {
    if (candidates.size === 0 && dictionaries.isEmpty) return;
    // A body tells of its queue, too: Redis may have lost the list of places.
    const queues = new Set(places);
    for (const { queue } of candidates.values()) queues.add(queue);
    const { keys, isBlind } = await markReferences(this.#redis, {
      prefixes: prefixesOf(queues),
      letters: this.#keys.deadLetter('', '').slice(0, -1),
      withDictionaries: !dictionaries.isEmpty,
      onPage: this.#options.goOn,
      onReference: (text) => {
        const pointer = readPointer(text);
        if (pointer) candidates.release(pointer.id);
        const dictionary = dictionaryIdOf(text);
        if (dictionary !== undefined) dictionaries.release(dictionary);
      },
      clock: this.#options.clock,
    });
    if (isBlind) dictionaries.releaseAll();
    this.#tally.keys = keys;
    this.#tally.referenced = this.#tally.looked - candidates.size;
  }

  #terms({ last, completed }: Memory, candidates: Candidates): Terms {
    const { moment } = this.#tally;
    const isTimeTrusted = last === undefined || isTimeSteady(last.moment, moment);
    const mayDelete = last !== undefined && completed >= candidates.parts;
    return { now: moment.server, graceMs: this.#options.graceMs, isTimeTrusted, mayDelete };
  }

  async #settleBodies(candidates: Candidates, terms: Terms): Promise<void> {
    const byMember = new Map([...candidates.values()].map((body) => [toMember(body), body]));
    const isInTurn = ({ store, id }: UnusedBody): boolean =>
      store !== DICTIONARY_STORE && candidates.isInTurn(id);
    const { looked, deleted } = this.#tally;
    this.#tally.unused = byMember.size;
    const onDeleted: DeletionOptions['onDeleted'] = (some) => {
      deleted.bodies += some.length;
      deleted.bytes += some.reduce((sum, { bytes }) => sum + bytes, 0);
      this.#tally.unused -= some.length;
    };
    const found = await this.#settle(byMember.keys(), isInTurn, terms, (due) =>
      deleteBodies(
        due.map((member) => byMember.get(member)!),
        { ...this.#options, onDeleted },
      ),
    );
    if (found >= MANY && found > looked / 2)
      this.#options.announce('bodies.unreferenced', {
        ...{ looked, bodies: found, graceMs: terms.graceMs },
      });
  }

  async #settleDictionaries(dictionaries: FormerDictionaries, terms: Terms): Promise<void> {
    const byMember = new Map(
      [...dictionaries.values()].map((each) => [
        toMember({ store: DICTIONARY_STORE, ...each }),
        each,
      ]),
    );
    const graceMs = Math.max(terms.graceMs, DICTIONARY_GRACE_MS);
    const isOne = ({ store }: UnusedBody): boolean => store === DICTIONARY_STORE;
    await this.#settle(byMember.keys(), isOne, { ...terms, graceMs }, async (due) => {
      for (const member of due) {
        this.#options.goOn();
        // What stays in the list of unused ones is forgotten by the next round.
        if (await dictionaries.delete(byMember.get(member)!, this.#options))
          this.#tally.deletedDictionaries += 1;
      }
    });
  }

  /**
   * Decides, deletes, and remembers. Returns how many are unused since this round. Deleting comes first: a Redis that
   * is full remembers nothing, and needs it most.
   */
  async #settle(
    unused: Iterable<string>,
    isWanted: (body: UnusedBody) => boolean,
    terms: Terms,
    deleteDue: (members: readonly string[]) => Promise<void>,
  ): Promise<number> {
    const known = await readUnused(this.#redis, this.#keys, isWanted);
    const { found, restarted, forgotten, deleted } = planSweep({ unused, known, ...terms });
    this.#options.goOn();
    await forgetUnused(this.#redis, this.#keys, forgotten);
    const [deleting] = await Promise.allSettled([deleteDue(deleted)]);
    this.#options.goOn();
    await rememberUnused(this.#redis, this.#keys, [...found, ...restarted], terms.now);
    if (deleting.status === 'rejected') throw deleting.reason;
    return found.length;
  }
}
