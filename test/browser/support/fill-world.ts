/**
 * Fills the queues of the world that browser tests look at, and waits until its workers have made of it what is looked
 * at: the same counts, groups and ids each time. Nothing is written to Redis but through Drover and BullMQ.
 */
import { type Coordinator, defineQueue } from 'drover';
import type { Client } from 'drover/client';
import { Redis } from 'ioredis';
import { until } from '../../support/until.ts';
import { worldQueues } from './world-queues.mjs';

const IMAGES = ['harbour', 'market', 'old-town', 'lighthouse', 'ferry', 'dunes'];
const HOUR_MS = 3_600_000;
const PATIENCE = { timeoutMs: 60_000, intervalMs: 50 };

/** Makes the queues known to the coordinator, as an application does that adds to them. */
export function openWorld(coordinator: Coordinator): void {
  for (const queue of Object.values(worldQueues(defineQueue))) coordinator.queue(queue);
}

/** The usual world. Its workers must be up. */
export async function fillWorld(
  coordinator: Coordinator,
  client: Client,
  redisUrl: string,
): Promise<void> {
  await Promise.all([
    addThumbnails(coordinator),
    addMails(coordinator),
    addOrders(coordinator, client),
    addReports(coordinator, client),
    addOthers(coordinator, redisUrl),
    client.call('tokens.create', {
      ...{ name: 'deploys', grants: [{ may: ['operator'], queues: ['*'] }], expires: '30d' },
    }),
  ]);
  await settled(client);
}

async function addThumbnails(coordinator: Coordinator): Promise<void> {
  const queue = coordinator.queue('thumbnails');
  const widths = [320, 640, 1_280];
  const images = (i: number): string => `2026/${IMAGES[i % IMAGES.length]}-${100 + i}.jpg`;
  await queue.addBulk([
    ...Array.from({ length: 60 }, (_, i) => ({
      ...{ name: 'resize', data: { image: images(i), widths } },
      opts: { jobId: `resize-${i + 1}` },
    })),
    ...[25, 50, 80].map((holds, i) => ({
      ...{ name: 'panorama', data: { image: images(90 + i), widths, holds } },
      opts: { jobId: `panorama-${i + 1}` },
    })),
    ...[1, 2].map((hours) => ({
      ...{ name: 'resize', data: { image: images(80 + hours), widths } },
      opts: { jobId: `later-${hours}`, delay: hours * HOUR_MS },
    })),
  ]);
}

async function addMails(coordinator: Coordinator): Promise<void> {
  const order = { customer: { name: 'Ada' }, total: 12.5 };
  const many = (count: number, prefix: string, name: string, data: object, opts: object = {}) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ name, data: { to: `${prefix}${i + 1}@example.com`, ...data } },
      opts: { jobId: `${prefix}-${i + 1}`, ...opts },
    }));
  await coordinator.queue('mails').addBulk([
    ...many(40, 'welcome', 'welcome', {}),
    ...many(10, 'paid', 'receipt', { order }),
    // The three causes.
    ...many(12, 'receipt', 'receipt', { order: { total: 12.5 } }),
    ...many(5, 'reset', 'reset-password', { via: 'gone' }),
    ...many(1, 'invite', 'invite', { via: 'silent' }),
    // Failed once, and waits for its next try.
    ...many(2, 'digest', 'digest', { via: 'gone' }, { backoff: { type: 'fixed', delay: HOUR_MS } }),
    ...many(3, 'newsletter', 'newsletter', {}, { delay: 2 * HOUR_MS }),
  ]);
}

async function addOrders(coordinator: Coordinator, client: Client): Promise<void> {
  const items = [
    { sku: 'LAMP-7', count: 2 },
    { sku: 'DESK-1', count: 1 },
  ];
  const order = (number: number) => ({
    ...{ orderId: 9_007_199_254_740_993n + BigInt(number), items },
    ...{ customer: { name: 'Ada Lovelace' }, card: { number: '4242 4242 4242 4242' } },
  });
  const child = (queueName: string, jobId: string, name: string, data: object) => ({
    ...{ queueName, name, data, opts: { jobId } },
  });
  const image = '2026/packing-slip.jpg';
  await coordinator.flows.addBulk([
    {
      ...{ queueName: 'orders', name: 'fulfil', data: order(1_042), opts: { jobId: 'order-1042' } },
      children: [
        child('mails', 'confirmation-1042', 'welcome', { to: 'ada@example.com' }),
        child('thumbnails', 'slip-1042', 'resize', { image, widths: [320] }),
      ],
    },
    {
      ...{ queueName: 'orders', name: 'fulfil', data: order(1_043), opts: { jobId: 'order-1043' } },
      children: [
        child('webhooks', 'stock-1043', 'stock-reserved', { order: 1_043 }),
        child('thumbnails', 'slip-1043', 'resize', { image, widths: [320] }),
      ],
    },
  ]);
  await client.call('jobs.add', {
    ...{ queue: 'orders', name: 'fulfil', data: { orderId: 1_044, items: items.slice(1) } },
    options: { jobId: 'order-1044', priority: 5 },
  });
}

async function addReports(coordinator: Coordinator, client: Client): Promise<void> {
  const queue = coordinator.queue('reports');
  await client.call('queues.pause', { queue: 'reports', reason: 'The warehouse is being moved' });
  await queue.addBulk([
    ...['orders', 'returns', 'stock', 'prices'].map((of) => ({
      ...{ name: 'monthly', data: { of, month: '2026-10' }, opts: { jobId: `monthly-${of}` } },
    })),
    ...[1, 10].map((priority) => ({
      ...{ name: 'urgent', data: { priority }, opts: { jobId: `urgent-${priority}`, priority } },
    })),
  ]);
  const of = { queue: 'reports', jobName: 'daily' };
  await client.call('schedulers.set', {
    ...{ ...of, scheduler: 'nightly', pattern: '0 3 * * *', timeZone: 'Europe/Berlin' },
    data: { of: 'orders' },
  });
  await client.call('schedulers.set', { ...of, scheduler: 'stock-levels', every: '15m' });
}

async function addOthers(coordinator: Coordinator, redisUrl: string): Promise<void> {
  const names = ['order-paid', 'order-shipped', 'stock-low'];
  await coordinator.queue('webhooks').addBulk(
    Array.from({ length: 6 }, (_, i) => ({
      ...{ name: names[i % names.length]!, data: { url: 'https://partner.example/hook', n: i } },
      opts: { jobId: `hook-${i + 1}` },
    })),
  );
  const exports = coordinator.queue('exports');
  await exports.addBulk(
    ['2026-08', '2026-09', '2026-10'].map((month) => ({
      ...{ name: 'bookkeeping', data: { month }, opts: { jobId: `export-${month}` } },
    })),
  );
  // As a producer in another language writes it: a whole number that no number of JavaScript is.
  const opts = { jobId: 'export-2026-11', delay: 24 * HOUR_MS };
  await exports.add('bookkeeping', { month: '2026-11' }, opts);
  const data = '{"month":"2026-11","ledger":9007199254740993}';
  const producer = new Redis(redisUrl);
  await producer.hset(exports.toKey('export-2026-11'), { data });
  producer.disconnect();
}

/** Until everything has ended that will end, and the leader has carried out a bulk action. */
async function settled(client: Client): Promise<void> {
  const count = async (queue: string) => (await client.call('queues.get', { queue })).counts;
  await until(async () => (await count('mails')).failed === 18, {
    ...{ ...PATIENCE, what: '18 mails have failed' },
  });
  const state = 'delayed';
  const bulk = await client.call('jobs.bulk', {
    ...{ queue: 'mails', kind: 'promote', state, filter: 'name:newsletter' },
  });
  const isPromoted = async () => (await client.call('bulk.get', { bulk: bulk.id })).done === 3;
  const isGrouped = async () => {
    const groups = await client.call('groups.list', {});
    return groups.length === 3;
  };
  const isThumbed = async () => {
    const { completed, active } = await count('thumbnails');
    return completed === 62 && active === 3;
  };
  const isOrdered = async () => (await count('orders')).completed === 2;
  const isExported = async () => (await count('exports')).completed === 3;
  const all = { isPromoted, isGrouped, isThumbed, isOrdered, isExported };
  await Promise.all(
    Object.entries(all).map(([what, is]) => until(is, { ...PATIENCE, what: `the world ${what}` })),
  );
}
