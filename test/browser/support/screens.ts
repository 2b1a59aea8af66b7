/**
 * All screens of the dashboard: where each is in the usual world, and what of that world it must show.
 */
import type { Client } from 'drover/client';

/** What there are pictures of. */
export interface Pictured {
  readonly name: string;
  /** For people. */
  readonly title: string;
}

/** A screen. */
export interface ScreenOfWorld extends Pictured {
  readonly path: (client: Client) => string | Promise<string>;
  /** Text that is there when its data is. */
  readonly shows: string | RegExp;
}

const at = (path: string) => () => path;

async function group(client: Client): Promise<string> {
  const groups = await client.call('groups.list', {});
  return groups.find(({ type }) => type === 'TypeError')!.fingerprint;
}

async function bulk(client: Client): Promise<string> {
  return (await client.call('bulk.list', {}))[0]!.id;
}

/** In the order of the page of pictures. */
export const SCREENS: readonly ScreenOfWorld[] = [
  { name: 'overview', title: 'Overview', path: at('/'), shows: 'thumbnails' },
  { name: 'queue', title: 'A queue', path: at('/queues/mails'), shows: 'mails' },
  {
    ...{ name: 'jobs', title: 'Jobs of a queue', shows: 'receipt-12' },
    path: at('/queues/mails/jobs?state=failed'),
  },
  { name: 'job', title: 'A job', path: at('/queues/orders/jobs/order-1042'), shows: /LAMP-7/ },
  {
    ...{ name: 'failed-job', title: 'A job that failed', shows: /receiptOf/ },
    path: at('/queues/mails/jobs/receipt-1'),
  },
  {
    ...{ name: 'dead-letters', title: 'Dead letters by cause', shows: /Cannot read properties/ },
    path: at('/dead-letters'),
  },
  {
    ...{ name: 'group', title: 'One cause', shows: /receiptOf/ },
    path: async (client) => `/dead-letters/${await group(client)}`,
  },
  {
    ...{ name: 'dead-letter', title: 'A dead letter', shows: /receiptOf/ },
    path: at('/queues/mails/dead-letters/receipt-1'),
  },
  { name: 'bulk', title: 'Bulk actions', path: at('/bulk'), shows: 'mails' },
  {
    ...{ name: 'bulk-action', title: 'A bulk action', shows: /newsletter/ },
    path: async (client) => `/bulk/${await bulk(client)}`,
  },
  { name: 'workers', title: 'Workers and pools', path: at('/workers'), shows: /worker-1/ },
  { name: 'pool', title: 'A pool', path: at('/pools/thumbnails'), shows: /slots/ },
  { name: 'schedulers', title: 'Schedulers', path: at('/schedulers'), shows: 'nightly' },
  {
    ...{ name: 'scheduler', title: 'A scheduler', shows: /Europe\/Berlin/ },
    path: at('/queues/reports/schedulers/nightly'),
  },
  { name: 'redis', title: 'Redis', path: at('/redis'), shows: /MB/ },
  { name: 'audit', title: 'Audit', path: at('/audit'), shows: 'queues.pause' },
  { name: 'access', title: 'Access', path: at('/access'), shows: 'deploys' },
];

/** States of the photo pipeline's own page, which `gallery-screens.test.ts` looks at. */
export const GALLERY: readonly Pictured[] = [
  { name: 'gallery-empty', title: 'The photo gallery: no photo yet' },
  { name: 'gallery-working', title: 'Photos being worked on' },
  { name: 'gallery-done', title: 'All done' },
  { name: 'gallery-photo', title: 'A photo' },
  { name: 'gallery-failed', title: 'A photo that failed' },
  { name: 'gallery-redis-away', title: 'While Redis is away' },
];
