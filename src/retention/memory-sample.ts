/**
 * Estimates what a queue takes of Redis's memory, at a bounded cost: what is one key is asked for as a whole, of jobs
 * and records some are asked for and stand for all.
 *
 * At most some 2,500 small commands for a queue, a hundred at a time. The samples are spread over each list and set, so
 * old and new ones are among them. Redis's own tables of keys, some 20 bytes for each, and what its allocator wastes
 * are in nobody's part.
 */
import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Keys, queueOfLabel } from '../keys.ts';
import { type Estimate, estimateTotal, spread } from './estimate.ts';
import { readFreedBytes } from './freed-bytes.ts';
import { ALL_FIELDS, type Command, ELEMENTS, Measure, STREAM_NODES } from './measure.ts';
import { type MemoryKind, type MemoryPart, type MemorySample, toPart } from './memory-view.ts';
import { type SampledJobs, samplePayloads } from './payload-sample.ts';

const MOST_SAMPLED = 50;
/** What may belong to a job beside its hash. */
const BESIDE_JOB = [':logs', ':dependencies', ':processed', ':lock'];
/** What Redis takes for a hash, its key and its short fields, where it does not tell. */
const HASH_BYTES = 1_000;
const MEMBER_BYTES = 100;

/** State → BullMQ's keys that hold its ids; which are lists. */
const STATES: readonly (readonly [kind: MemoryKind, keys: readonly string[], isList: boolean])[] = [
  ['waiting', ['wait', 'paused'], true],
  ['active', ['active'], true],
  ['delayed', ['delayed'], false],
  ['prioritized', ['prioritized'], false],
  ['waiting-children', ['waiting-children'], false],
  ['completed', ['completed'], false],
  ['failed', ['failed'], false],
];
const METRICS = [
  'metrics:completed',
  'metrics:completed:data',
  'metrics:failed',
  'metrics:failed:data',
];
const OTHER = ['meta', 'id', 'pc', 'marker', 'limiter', 'stalled', 'stalled-check'];

/**
 * KEYS hashes and strings. Returns the length of what each holds, of at most a hundred fields and values, or -1 when it
 * is not there. Reads only; a script, since Redis has no command for it.
 */
const LENGTHS_LUA = /* lua */ `
local out = {}
for i, key in ipairs(KEYS) do
  local bytes, kind = -1, redis.call('TYPE', key).ok
  if kind == 'string' then bytes = redis.call('STRLEN', key) end
  if kind == 'hash' then
    bytes = 0
    for at, field in ipairs(redis.call('HKEYS', key)) do
      if at > 100 then break end
      bytes = bytes + #field + redis.call('HSTRLEN', key, field)
    end
  end
  out[i] = bytes
end
return out`;

/** Looks at a queue; undefined when there is no such queue. Throws what Redis throws. */
export async function sampleMemory(
  redis: Redis,
  keys: Keys,
  queue: string,
  random: () => number,
): Promise<MemorySample | undefined> {
  const look = new Look(redis, keys, queue, random);
  const kinds = await look.kinds();
  if (!kinds) return undefined;
  const payloads = await samplePayloads(redis, look.jobs);
  return { kinds, payloads, freedBytes: await readFreedBytes(redis, keys, queue) };
}

/** The same without a look into payloads: every command and every reply is small. */
export function sampleKinds(
  redis: Redis,
  keys: Keys,
  queue: string,
  random: () => number,
): Promise<readonly MemoryPart[] | undefined> {
  return new Look(redis, keys, queue, random).kinds();
}

/** What BullMQ keeps of a queue: jobs with their lists, and events. */
export async function sampleQueue(
  redis: Redis,
  keys: Keys,
  queue: string,
  random: () => number,
): Promise<readonly MemoryPart[]> {
  return await new Look(redis, keys, queue, random).ofBullmq();
}

/** Bytes of one of these jobs, with what belongs to it, on average. */
export async function meanJobBytes(
  redis: Redis,
  keys: Keys,
  queue: string,
  ids: readonly string[],
): Promise<number> {
  const sizes = await new Look(redis, keys, queue, Math.random).jobSizes(ids);
  return estimateTotal(sizes, 1)?.bytes ?? 0;
}

class Look {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #queue: string;
  readonly #random: () => number;
  readonly #measure: Measure;
  readonly #toKey: (type: string) => string;
  /** Jobs whose sizes were asked, by state. */
  readonly jobs: SampledJobs[] = [];

  constructor(redis: Redis, keys: Keys, queue: string, random: () => number) {
    const { prefix, name } = queueOfLabel(queue);
    const queueKeys = new QueueKeys(prefix);
    this.#redis = redis;
    this.#keys = keys;
    this.#queue = queue;
    this.#random = random;
    this.#measure = new Measure(redis);
    this.#toKey = (type) => queueKeys.toKey(name, type);
  }

  async kinds(): Promise<readonly MemoryPart[] | undefined> {
    const kinds = await this.ofBullmq();
    kinds.push(await this.#keysOf('metrics', this.#metricKeys));
    kinds.push(...(await this.#ofDrover()));
    kinds.push(await this.#keysOf('other', this.#otherKeys));
    const isThere =
      kinds.some(({ count }) => count > 0) || (await this.#redis.exists(this.#toKey('meta'))) > 0;
    return isThere ? kinds : undefined;
  }

  async ofBullmq(): Promise<MemoryPart[]> {
    const kinds: MemoryPart[] = [];
    for (const [kind, sets, isList] of STATES) kinds.push(await this.#state(kind, sets, isList));
    kinds.push(await this.#events());
    return kinds;
  }

  /** Jobs of one state, with the lists that hold their ids. */
  async #state(kind: MemoryKind, types: readonly string[], isList: boolean): Promise<MemoryPart> {
    const sets = types.map(this.#toKey);
    const counts = await this.#count(sets, isList ? 'llen' : 'zcard');
    const count = counts.reduce((sum, each) => sum + each, 0);
    const ids = await this.#ids(sets, counts, isList ? 'lindex' : 'zrange');
    const jobs = await this.jobSizes(ids);
    this.jobs.push({ keys: ids.map(this.#toKey), of: count });
    return this.#withSets(kind, count, estimateTotal(jobs, count), sets);
  }

  /** What Drover itself keeps of the queue in many keys. */
  async #ofDrover(): Promise<MemoryPart[]> {
    const { deadLetters, deadLetter, groups, group, bodies, body, dictionaries } = this.#keys;
    const queue = this.#queue;
    const dictionary = dictionaries(queue);
    return [
      await this.#indexed('dead-letters', deadLetters(queue), (id) => deadLetter(queue, id)),
      await this.#indexed('groups', groups(queue), (fingerprint) => group(queue, fingerprint)),
      await this.#indexed('bodies', bodies(queue), (id) => body(queue, id)),
      await this.#keysOf('dictionaries', [dictionary]),
      await this.#indexed('schedulers', this.#toKey('repeat'), (id) => this.#toKey(`repeat:${id}`)),
    ];
  }

  /** A sorted set, and the key that belongs to each of its members. */
  async #indexed(
    kind: MemoryKind,
    index: string,
    keyOf: (member: string) => string,
  ): Promise<MemoryPart> {
    const counts = await this.#count([index], 'zcard');
    const members = await this.#ids([index], counts, 'zrange');
    const sizes = await this.#sizes(members.map(keyOf));
    return this.#withSets(kind, counts[0]!, estimateTotal(sizes, counts[0]!), [index]);
  }

  async #withSets(
    kind: MemoryKind,
    count: number,
    estimate: Estimate | undefined,
    sets: readonly string[],
  ): Promise<MemoryPart> {
    const measured = await this.#measure.bytesOf(sets, ELEMENTS);
    const { isRefused } = this.#measure;
    const bytes = isRefused
      ? count * MEMBER_BYTES
      : measured.reduce<number>((sum, each) => sum + (each ?? 0), 0);
    const all = estimate && { ...estimate, bytes: estimate.bytes + bytes };
    return toPart(kind, count, all, isRefused ? 'derived' : 'measured');
  }

  async #events(): Promise<MemoryPart> {
    const key = this.#toKey('events');
    const [events] = await this.#measure.ask([['xlen', key]]);
    const [bytes = null] = await this.#measure.bytesOf([key], STREAM_NODES);
    const of = Number(events ?? 0);
    const whole = { bytes: bytes ?? 0, standardErrorBytes: 0, sampled: of, of };
    return toPart('events', of, this.#measure.isRefused ? undefined : whole, 'measured');
  }

  /** Keys that are asked for as a whole. */
  async #keysOf(kind: MemoryKind, names: readonly string[]): Promise<MemoryPart> {
    const measured = await this.#measure.bytesOf(names, ELEMENTS);
    if (this.#measure.isRefused) return toPart(kind, 0, undefined, 'derived');
    const sizes = measured.filter((bytes) => bytes !== null);
    return toPart(kind, sizes.length, estimateTotal(sizes, sizes.length), 'measured');
  }

  async #count(names: readonly string[], command: 'llen' | 'zcard'): Promise<number[]> {
    const replies = await this.#measure.ask(names.map((name): Command => [command, name]));
    return replies.map((reply) => Number(reply ?? 0));
  }

  /** Some members, spread over all of the lists or sets. */
  async #ids(
    names: readonly string[],
    counts: readonly number[],
    command: 'lindex' | 'zrange',
  ): Promise<string[]> {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const commands = spread(total, MOST_SAMPLED, this.#random).map((at): Command => {
      let [left, i] = [at, 0];
      while (left >= counts[i]!) left -= counts[i++]!;
      return command === 'lindex' ? [command, names[i]!, left] : [command, names[i]!, left, left];
    });
    const replies = (await this.#measure.ask(commands)) as (string | string[] | null)[];
    return replies.flatMap((reply) => reply ?? []);
  }

  /** Bytes of each job with what belongs to it. */
  async jobSizes(ids: readonly string[]): Promise<number[]> {
    const sizes = await this.#sizes(ids.map(this.#toKey));
    if (this.#measure.isRefused) return sizes;
    const names = ids.flatMap((id) => BESIDE_JOB.map((suffix) => this.#toKey(`${id}${suffix}`)));
    const besides = await this.#measure.bytesOf(names, ELEMENTS);
    return sizes.map((size, i) => {
      const own = besides.slice(i * BESIDE_JOB.length, (i + 1) * BESIDE_JOB.length);
      return own.reduce<number>((sum, each) => sum + (each ?? 0), size);
    });
  }

  /** Bytes of each hash or string; 0 where it is gone: its place may outlive it. */
  async #sizes(names: readonly string[]): Promise<number[]> {
    const measured = await this.#measure.bytesOf(names, ALL_FIELDS);
    if (!this.#measure.isRefused || names.length === 0) return measured.map((each) => each ?? 0);
    const lengths = (await this.#redis.eval(LENGTHS_LUA, names.length, ...names)) as number[];
    return lengths.map((length) => (length < 0 ? 0 : length + HASH_BYTES));
  }

  get #metricKeys(): string[] {
    const { minutes, hours, openMinutes, throughput, latencyP95 } = this.#keys;
    const own = [minutes, hours, openMinutes, throughput, latencyP95].map((of) => of(this.#queue));
    return [...METRICS.map(this.#toKey), ...own];
  }

  get #otherKeys(): string[] {
    const { health, pool, pin, retention, reconciled, redactionPaths, scalingMemory } = this.#keys;
    const own = [health, pool, pin, retention, reconciled, redactionPaths, scalingMemory];
    return [...OTHER.map(this.#toKey), ...own.map((of) => of(this.#queue))];
  }
}
