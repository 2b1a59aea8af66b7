/** A server that runs with the kit's own file: nothing that is found has its cause in the settings. */
import { createHash } from 'node:crypto';
import { type Coordinator, defineQueue } from 'drover';
import { expect, onTestFinished, test } from 'vitest';
import { drover } from '../faces/command-line.ts';
import { createClient, createCoordinator } from '../support/coordinators.ts';
import { until } from '../support/until.ts';
import { found, look, startLooking } from './doctors.ts';
import { startKitServer } from './kit-server.ts';

/** What this machine may add, and why it is not the configuration. */
const OF_THE_MACHINE: Readonly<Record<string, RegExp>> = {
  // Kernel, limits and disk of whoever runs the tests.
  CFG13: /overcommit_memory|somaxconn|may open|free \(/,
  // The machine is busy with other tests.
  LAT01: /a PING takes up to/,
  PER02: /fsync/,
  LAT05: /main thread/,
};

/** What nobody can tell here, and why. */
const UNVERIFIABLE = ['PER05'];

const ROLES = ['app', 'viewer'] as const;
type User = (typeof ROLES)[number] | 'admin';

const hash = (password: string): string =>
  `#${createHash('sha256').update(password).digest('hex')}`;

/** A server with the rights that are printed for each role, and with somebody who may do everything. */
async function startKitQueue(): Promise<(user: User) => string> {
  const printed = await Promise.all(
    ROLES.map(async (role) => {
      const { stdout } = await drover(['acl', 'print', role, '-r', 'redis://127.0.0.1:1']);
      return stdout.trim().replace(/#<[^>]*>/, hash(role));
    }),
  );
  const users = [
    'user default off resetpass ~* &* +@all',
    ...printed,
    `user drover-admin on ${hash('admin')} ~* &* +@all`,
    `user drover-health on ${hash('health')} resetchannels -@all +ping`,
  ];
  const server = await startKitServer('queue', {
    ...{ users, args: ['--maxmemory', '256mb'] },
  });
  return (user) => `redis://drover-${user}:${user}@127.0.0.1:${server.port}`;
}

const photos = defineQueue('photos', {
  payload: { compressAbove: 256, offloadAbove: 1_024, redact: ['card'] },
  retention: { completed: { count: 50 }, failed: { count: 50, age: '7d' } },
  job: { attempts: 2, backoff: 10 },
});

/** An application that does all that leaves something in Redis, until the test is over. */
async function startBusyShop(url: string): Promise<Coordinator> {
  const shop = createCoordinator({ url }, { name: 'shop' });
  let done = 0;
  const make = async ({ data }: { data: unknown }): Promise<object> => {
    done += 1;
    const { i } = data as { i: number };
    if (i % 10 === 0) throw new Error(`photo ${i} cannot be read`);
    return { size: 'y'.repeat(300) };
  };
  shop.process(photos, make, { pool: { min: 1, max: 4 } });
  shop.process('mails', async () => 'sent', { pool: { min: 1, max: 2 } });
  await shop.start();
  const queue = shop.queue(photos);
  await queue.upsertJobScheduler('nightly', { every: 1_000 }, { data: { i: 1 } });
  await shop.queue('mails').add('later', {}, { delay: 3_600_000 });
  await shop.queue('mails').add('first', {}, { priority: 3 });
  let isOver = false;
  const adding = (async () => {
    for (let i = 0; !isOver; i += 1)
      await queue.add('resize', { i, card: '4111', photo: 'z'.repeat(i % 3 ? 10 : 5_000) });
  })();
  onTestFinished(async () => {
    isOver = true;
    await adding;
  });
  await until(() => done > 300);
  return shop;
}

test('a busy application on a server of the kit gives no finding, whoever looks', async () => {
  const urlOf = await startKitQueue();
  const shop = await startBusyShop(urlOf('app'));
  const admin = await startLooking(urlOf('admin'), { name: 'admin' });
  const viewer = await startLooking(urlOf('viewer'), { name: 'console', readOnly: true });
  const reports = await Promise.all([admin, shop, viewer].map((each) => look(each, {})));
  const [byAdmin, ...byRoles] = reports.map(({ findings }) =>
    findings
      .filter(({ id, seen }) => !OF_THE_MACHINE[id]?.test(seen))
      .map(({ id, severity, queue, seen }) => `${id} ${severity} ${queue ?? ''} ${seen}`),
  );
  expect(byAdmin).toEqual(UNVERIFIABLE.map((id) => expect.stringMatching(`^${id} unverified`)));
  // The printed roles read less: what they may not is said, and is no fault.
  for (const found of byRoles) {
    const told = found.filter((each) => !/^\w+ unverified/.test(each));
    expect(told.filter((each) => !/^CFG06 information .* role viewer$/.test(each))).toEqual([]);
    expect(found.length).toBeGreaterThan(UNVERIFIABLE.length);
  }
  const refused = (await createClient({ url: urlOf('admin') }).call('ACL', 'LOG')) as string[][];
  expect(refused.map((entry) => entry.join(' '))).toEqual([]);
}, 60_000);

test('CFG16: a user that the file does not have', async () => {
  const admin = (await startKitQueue())('admin');
  const coordinator = await startLooking(admin);
  const redis = createClient({ url: admin });
  expect(await found(coordinator, 'CFG16')).toEqual([]);
  await redis.call('ACL', 'SETUSER', 'guest', 'on', 'nopass', '~x', '+get');
  const [finding] = await found(coordinator, 'CFG16');
  expect(finding).toMatchObject({ severity: 'warning', seen: 'these users differ: guest' });
  expect(finding!.remedy[0]).toContain('redis-cli ACL SAVE');
  await redis.call('ACL', 'SAVE');
  expect(await found(coordinator, 'CFG16')).toEqual([]);
  await redis.call('ACL', 'SETUSER', 'drover-health', 'off');
  expect(await found(coordinator, 'CFG16')).toMatchObject([
    { seen: 'these users differ: drover-health' },
  ]);
  expect(finding!.remedy[1]).toContain('redis-cli ACL LOAD');
  await redis.call('ACL', 'LOAD');
  expect(await found(coordinator, 'CFG16')).toEqual([]);
}, 30_000);
