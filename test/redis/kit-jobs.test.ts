/** BullMQ's whole life under the rights of the kit: nothing that it needs is refused. */
import { expect, test } from 'vitest';
import { type Login, liveAsProducer, liveAsWorker } from './bullmq-life.ts';
import { expectNothingRefused, type KitServer, passwordOf, startKit } from './kit-users.ts';

const as = (kit: KitServer, username: string): Login => ({
  ...{ host: '127.0.0.1', port: kit.server.port },
  ...{ username, password: passwordOf(username) },
});

test.each(['drover-producer', 'drover-app', 'drover-operator'])(
  '%s adds in every way and looks at what it has added',
  async (user) => {
    const kit = await startKit('queue');
    await liveAsProducer(as(kit, user));
    await expectNothingRefused(kit);
    expect(await kit.used()).toEqual(expect.arrayContaining(['hscan', 'zadd', 'xtrim']));
  },
);

test.each([
  ['drover-producer', 'drover-worker'],
  ['drover-app', 'drover-app'],
])('what %s adds, %s works on in every way', async (adder, worker) => {
  const kit = await startKit('queue');
  await liveAsWorker(as(kit, adder), as(kit, worker));
  await expectNothingRefused(kit);
  expect(await kit.used()).toEqual(expect.arrayContaining(['bzpopmin', 'rpoplpush', 'zpopmin']));
});
