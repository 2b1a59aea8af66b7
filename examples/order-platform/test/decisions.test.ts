/**
 * What is decided without any service: vendors, reminders, faults, waiting times, facts.
 */
import { describe, expect, it } from 'vitest';
import { faultOf } from '../src/fakes/fault-schedule.ts';
import { OrderBook } from '../src/order-book.ts';
import { dueReminder } from '../src/processors/remind-payments.ts';
import { toMilliseconds } from '../src/services/whatsapp-client.ts';
import { readSettings } from '../src/settings.ts';
import { chooseVendor, totalOf } from '../src/vendors.ts';
import { goodOrder, makeData } from './support/platform.ts';

const order = (id: string, product: 'rice' | 'soap', city: string) => ({
  ...{ id, shop: { ...goodOrder().shop, city }, lines: [{ product, quantity: 1 }] },
});

describe('the vendor', () => {
  it('is one in the same city, else any that has everything', () => {
    expect(chooseVendor(order('a', 'rice', 'Pokhara'))).toBe('Lakeside Supply');
    expect(chooseVendor(order('a', 'soap', 'Pokhara'))).toBe('Asan Traders');
    expect(chooseVendor(order('a', 'soap', 'Pokhara'), [])).toBeNull();
  });

  it('is the same for the same order, and not the same for all', () => {
    const chosen = Array.from({ length: 40 }, (_, n) =>
      chooseVendor(order(`o${n}`, 'rice', 'Kathmandu')),
    );
    expect(chosen).toEqual(chosen.map((_, n) => chooseVendor(order(`o${n}`, 'rice', 'Kathmandu'))));
    expect(new Set(chosen)).toEqual(new Set(['Asan Traders', 'Bagmati Wholesale']));
    expect(totalOf([{ product: 'tea', quantity: 3 }])).toBe(270);
  });
});

describe('a reminder', () => {
  const confirmed = { vendor: 'Asan Traders', reason: '', at: 1_000, state: 'confirmed' } as const;
  const due = (now: number, reminders: number[] = []) =>
    dueReminder({ state: 'confirmed', outcome: confirmed, reminders }, now, 100);

  it('is due once per term, three times at most', () => {
    expect([1_099, 1_100, 1_250, 1_300, 9_999].map((now) => due(now))).toEqual([null, 1, 2, 3, 3]);
    expect(due(1_250, [1, 2])).toBeNull();
    expect(due(9_999, [1, 3])).toBeNull();
  });

  it('is never due for what is paid, or came to nothing', () => {
    expect(
      dueReminder({ state: 'paid', outcome: confirmed, reminders: [] }, 9_999, 100),
    ).toBeNull();
    expect(dueReminder({ state: 'placed', outcome: null, reminders: [] }, 9_999, 100)).toBeNull();
  });
});

describe('the schedule of faults', () => {
  const rates = { error: 0.5, lost: 0.5 };

  it('depends on seed, key and number alone, and leaves each key in peace in the end', () => {
    const draw = (seed: number) => [1, 2, 3, 4].map((n) => faultOf(seed, rates, 'key', n));
    expect(draw(1)).toEqual(draw(1));
    expect(new Set([1, 2, 3, 4, 5].flatMap(draw))).toEqual(new Set(['error', 'lost']));
    expect(faultOf(1, rates, 'key', 5)).toBeNull();
    expect(faultOf(1, {}, 'key', 1)).toBeNull();
  });
});

describe('Retry-After', () => {
  it('is seconds or a date, and a second when it is neither', () => {
    const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
    const dates = ['Wed, 21 Oct 2026 07:28:05 GMT', 'Wed, 21 Oct 2026 07:27:00 GMT'];
    expect(dates.map((date) => toMilliseconds(date, now))).toEqual([5_000, 0]);
    expect(['3', '0', '-1', 'soon', null].map((text) => toMilliseconds(text, now))).toEqual([
      ...[3_000, 0, 0, 1_000, 1_000],
    ]);
  });
});

describe('the order book', () => {
  it('keeps the first of several outcomes, whoever writes at the same time', async () => {
    const folder = await makeData();
    const books = [new OrderBook(folder), new OrderBook(folder)];
    const placed = { ...goodOrder(), id: 'one', total: 220, placedAt: 1 };
    expect(
      await books[0]!.settle('one', { state: 'failed', vendor: null, reason: '', at: 1 }),
    ).toBe(true);
    expect(await books[0]!.read('one')).toBeNull();
    const news = await Promise.all([...books, ...books].map((book) => book.place(placed)));
    expect(news.filter(Boolean)).toHaveLength(1);
    expect(await books[1]!.pay('one', 5)).toBe(true);
    expect(await books[1]!.read('one')).toMatchObject({ state: 'paid', paidAt: 5 });
    expect(await books[0]!.read('../one')).toBeNull();
    expect(await new OrderBook(`${folder}/none`).list()).toEqual([]);
  });
});

describe('the settings', () => {
  it('take an empty variable for none and refuse what they cannot use', () => {
    expect(readSettings({ PORT: '' })).toMatchObject({ port: undefined, faultSeed: 1 });
    expect(() => readSettings({ PORT: 'http' })).toThrow('PORT');
  });
});
