/** The rights that are printed for a role suffice, and what an application says at its start. */
import { expect, onTestFinished, test } from 'vitest';
import { aclLine } from '../../src/doctor/acl-line.ts';
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
  const line = aclLine('app', {
    prefixes: { queues: 'bull', own: 'coordinator' },
    scripts: scripts.value,
  });
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

/** Starts an application whose user lacks these rights; what it warns of in its log, and what Redis wrote down. */
async function startWithout(
  rights: string,
  mayWarn: boolean,
): Promise<{ warned: string[]; refused: string[] }> {
  const server = await startRedis({ aclLines: [`user default on nopass ~* &* +@all ${rights}`] });
  onTestFinished(() => server.stop());
  const warned: string[] = [];
  const warn = (_: object, line: string): void => void warned.push(line);
  const quiet = (): void => {};
  const logger = { debug: quiet, info: quiet, warn, error: warn };
  const coordinator = createCoordinator(server, { logger });
  await coordinator.start();
  const admin = createClient({ url: server.adminUrl });
  const isLookedAt = async (): Promise<boolean> => {
    // The two questions of a look.
    const asked = /cmdstat_eval:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1];
    return mayWarn ? warned.length > 0 : Number(asked ?? 0) >= 2;
  };
  await until(isLookedAt, { what: 'the look at the start' });
  expect(coordinator.operations.health.ready().status).toBe('ready');
  const log = (await admin.call('ACL', 'LOG', '100')) as (string | number)[][];
  const word = (entry: (string | number)[], name: string) => entry[entry.indexOf(name) + 1];
  return {
    warned,
    refused: log.map((entry) => `${word(entry, 'count')} ${word(entry, 'object')}`),
  };
}

test('an application starts without rights, says so in one line, and does not fill the log of refusals', async () => {
  const [all, noConfig, noInfo, noScripts, noStep] = await Promise.all([
    ...['', '-config'].map((rights) => startWithout(rights, false)),
    ...['-info', '-info -config -@scripting', '-hincrby'].map((rights) =>
      startWithout(rights, true),
    ),
  ]);
  expect(all).toEqual({ warned: [], refused: [] });
  expect(noConfig).toEqual({ warned: [], refused: [] });
  expect(noInfo!.warned).toEqual([expect.stringMatching(/CFG06.*\+info/)]);
  expect(noScripts!.warned).toEqual([expect.stringMatching(/CFG06.*\+eval/)]);
  expect(noStep!.warned).toEqual([expect.stringMatching(/CFG06.*\+hincrby/)]);
  expect(noStep!.refused).toEqual([]);
  // Few of each: what a connection needs is tried by each socket once, and not asked for again.
  for (const { refused } of [noInfo!, noScripts!])
    for (const entry of refused)
      expect(entry).toMatch(/^[1-3] (?:info|eval|script\|load|script\|exists)$/);
}, 30_000);
