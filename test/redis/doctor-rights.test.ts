/** The rights that are printed for a role suffice, and what an application says at its start. */
import { expect, onTestFinished, test } from 'vitest';
import { aclLine } from '../../src/doctor/acl-roles.ts';
import { readScriptCommands } from '../../src/doctor/script-commands.ts';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

test('jobs are added and run under the line of the role app without a refusal', async () => {
  const scripts = await readScriptCommands();
  if (!scripts.isRead) throw new Error(scripts.reason);
  expect(scripts.value).toEqual(expect.arrayContaining(['hincrby', 'rpoplpush', 'zpopmin']));
  const line = aclLine('app', { keys: ['bull:', 'coordinator:'], scripts: scripts.value });
  const server = await startRedis({
    aclLines: ['user default off resetpass ~* &* +@all', line.replace(/#<[^>]*>/, '>secret')],
  });
  onTestFinished(() => server.stop());
  const url = `redis://drover-app:secret@127.0.0.1:${server.port}`;
  const coordinator = await startCoordinator({ url });
  const queue = coordinator.queue('mails');
  let done = 0;
  coordinator.process('mails', async () => {
    done += 1;
    if (done === 3) throw new Error('no');
  });
  for (let i = 0; i < 5; i += 1) await queue.add('send', { i });
  await until(() => done === 5);
  const admin = createClient({ url: server.adminUrl });
  const refused = (await admin.call('ACL', 'LOG', '50')) as string[][];
  expect(
    refused.map(
      (entry) => `${entry[entry.indexOf('object') + 1]} ${entry[entry.indexOf('context') + 1]}`,
    ),
  ).toEqual([]);
}, 30_000);

test('an application says at its start what is wrong with its server', async () => {
  const server = await startRedis({ config: { timeout: '5' } });
  onTestFinished(() => server.stop());
  const coordinator = createCoordinator(server);
  const warned = nextEvent(coordinator, 'redis.warned', ({ finding }) => finding === 'CFG11');
  await coordinator.start();
  expect((await warned).message).toContain('CONFIG SET timeout 0');
});
