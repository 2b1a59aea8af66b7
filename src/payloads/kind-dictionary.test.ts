/** When a process packs with a dictionary, when it does not, and when it learns another one. */
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { until } from '../../test/support/until.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { CoordinatorError } from '../errors.ts';
import { deflateSmall } from './compress.ts';
import { type Dictionary, dictionaryId, type Offer } from './dictionary-store.ts';
import { KindDictionary } from './kind-dictionary.ts';

const HOUR_MS = 3_600_000;
const random = createSeededRandom(9);

/** Redis and what it holds. */
class FakeRedis {
  isReady = true;
  since = 1;
  refuses = false;
  isUnreadable = false;
  keeps = 0;
  current: Dictionary | undefined;
  readonly held = new Set<string>();

  raw = (): Promise<never> => Promise.resolve(undefined as never);

  keep = async (_: unknown, __: string, ___: string, offer?: Offer) => {
    this.keeps += 1;
    if (this.refuses) throw new Error('OOM command not allowed');
    if (this.isUnreadable && !offer)
      throw new CoordinatorError('PAYLOAD_KEY_UNKNOWN', 'no such key');
    const isFree = !this.current || this.isUnreadable;
    const becomes = offer && (isFree || this.current?.id === offer.replaces);
    if (becomes) this.current = offer.dictionary;
    if (becomes || offer?.isInUse) this.held.add(offer.dictionary.id);
    return this.current;
  };
}

function start() {
  const redis = new FakeRedis();
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const one = new KindDictionary({
    ...{ redis, store: redis, queue: 'photos', kind: 'data', signal, clock },
  });
  return { redis, clock, one };
}

/** As the codec does it. */
function pack(one: KindDictionary, payload: object): string | undefined {
  const { usable } = one;
  const bytes = Buffer.from(JSON.stringify(payload));
  one.note(bytes, deflateSmall(bytes, usable?.bytes).length);
  return usable?.id;
}
const photo = () => ({ shutterSpeedValue: random(), meteringMode: 'Multi-segment', iso: random() });
const order = () => ({ deliveryAddress: random(), paymentTerms: 'thirty days net', sum: random() });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const packs = (one: KindDictionary, make: () => object) => () => {
  for (let i = 0; i < 20; i++) pack(one, make());
  return pack(one, make());
};

describe('the dictionary of a kind', () => {
  it('is learned when there is none, and used once Redis holds it', async () => {
    const { redis, one } = start();
    expect(pack(one, photo())).toBeUndefined();
    const id = await until(packs(one, photo));
    expect(redis.held).toContain(id);
    expect(one.usable!.bytes.toString()).toContain('meteringMode');
  });

  it('is not used while Redis is away, nor after that before Redis holds it again', async () => {
    const { redis, one } = start();
    const id = await until(packs(one, photo));
    redis.isReady = false;
    expect(pack(one, photo())).toBeUndefined();
    redis.held.clear();
    redis.current = undefined;
    [redis.isReady, redis.since] = [true, 2];
    expect(pack(one, photo())).toBeUndefined();
    await settled();
    expect(redis.held).toContain(id);
    expect(pack(one, photo())).toBe(id);
  });

  it('does not ask a Redis that refuses with every payload', async () => {
    const { redis, clock, one } = start();
    redis.refuses = true;
    for (let round = 0; round < 5; round++) {
      pack(one, photo());
      await settled();
    }
    expect(redis.keeps).toBe(1);
    await clock.pass(6_000);
    redis.refuses = false;
    pack(one, photo());
    await settled();
    expect(redis.keeps).toBe(2);
    expect(await until(packs(one, photo))).toBeDefined();
  });

  it('is learned without delay when the current one cannot be read', async () => {
    const { redis, one } = start();
    redis.current = { id: 'ffff0000', bytes: Buffer.alloc(0) };
    redis.isUnreadable = true;
    await expect(one.look()).rejects.toThrow('no such key');
    for (let i = 0; i < 400; i++) pack(one, photo());
    const id = await until(() => one.usable?.id);
    expect(redis.current.id).toBe(id);
  });

  it('gives way to the one that others have made the current one', async () => {
    const { redis, one } = start();
    const own = await until(packs(one, photo));
    const bytes = Buffer.from('"meteringMode":"Multi-segment"');
    redis.current = { id: dictionaryId(bytes), bytes };
    await one.look();
    expect(pack(one, photo())).toBe(redis.current.id);
    expect(redis.held).toContain(own); // Payloads name it.
  });

  it('is learned anew when payloads have changed, and at most once an hour', async () => {
    const { redis, clock, one } = start();
    const first = await until(packs(one, photo));
    for (let i = 0; i < 600; i++) pack(one, photo());
    for (let i = 0; i < 1_500; i++) pack(one, order());
    await until(packs(start().one, order)); // As long as it takes to learn that.
    expect(one.usable?.id).toBe(first);
    await clock.pass(HOUR_MS);
    const second = await until(() => [packs(one, order)()].find((id) => id && id !== first));
    expect(redis.current?.id).toBe(second);
    expect(one.usable!.bytes.toString()).toContain('paymentTerms');
  });

  it('stays when payloads stay as they are', async () => {
    const { redis, clock, one } = start();
    const id = await until(packs(one, photo));
    await clock.pass(2 * HOUR_MS);
    for (let i = 0; i < 3_000; i++) pack(one, photo());
    await settled();
    expect(redis.current?.id).toBe(id);
    expect(redis.keeps).toBe(2);
  });
});
