import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import type { Connection } from './connection.ts';
import { RefusalWatch } from './refusal-watch.ts';

const OOM = new Error("OOM command not allowed when used memory > 'maxmemory'.");

function setUp() {
  const clock = new FakeClock();
  const heard: string[] = [];
  let answer: Error | undefined = OOM;
  let probes = 0;
  const set = async (): Promise<void> => {
    probes += 1;
    if (answer) throw answer;
  };
  const watch = new RefusalWatch({
    command: { raw: async () => ({ set }), noteTrouble() {} } as unknown as Connection,
    probeKey: 'probe',
    announce: (name, payload) => heard.push(`${name} ${(payload as { reason: string }).reason}`),
    clock,
  });
  return {
    ...{ clock, heard, watch },
    probes: () => probes,
    answerWith: (error?: Error) => {
      answer = error;
    },
  };
}

test('a refusal is announced once however often it is reported, and lasts until a write passes', async () => {
  const { clock, heard, watch, answerWith } = setUp();
  for (let i = 0; i < 100; i += 1) watch.report(OOM);
  expect(heard).toEqual(['redis.refused OOM']);
  await clock.pass(60_000);
  expect(watch.current?.reason).toBe('OOM');
  answerWith(undefined);
  await clock.pass(5_000);
  expect(watch.current).toBe(undefined);
  expect(heard).toEqual(['redis.refused OOM', 'redis.accepted OOM']);
});

test('what is no refusal changes nothing', () => {
  const { heard, watch } = setUp();
  watch.report(new Error('WRONGTYPE Operation against a key holding the wrong kind of value'));
  watch.report(new Error('UNBLOCKED force unblock from blocking operation'));
  watch.report('text');
  expect(heard).toEqual([]);
});

test('a refusal that comes and goes is told with growing pauses', async () => {
  const { clock, heard, watch, answerWith } = setUp();
  answerWith(undefined);
  for (let second = 0; second < 600; second += 1) {
    watch.report(OOM);
    await clock.pass(100);
  }
  expect(heard.length).toBeLessThan(50);
});

test('a denial is over when it has not been reported for a while, since a probe may be allowed', async () => {
  const { clock, heard, watch, answerWith } = setUp();
  answerWith(undefined);
  watch.report(new Error("NOPERM this user has no permissions to run the 'evalsha' command"));
  await clock.pass(15_000);
  expect(watch.current?.reason).toBe('NOPERM');
  await clock.pass(30_000);
  expect(heard).toEqual(['redis.refused NOPERM', 'redis.accepted NOPERM']);
});

test('a refusal for another reason is announced', async () => {
  const { clock, heard, watch, answerWith } = setUp();
  watch.report(OOM);
  answerWith(new Error("READONLY You can't write against a read only replica."));
  await clock.pass(1_000);
  expect(watch.current?.reason).toBe('READONLY');
  expect(heard).toEqual(['redis.refused OOM', 'redis.refused READONLY']);
});

test('after close nothing is probed any more', async () => {
  const { clock, watch, probes } = setUp();
  watch.report(OOM);
  watch.close();
  watch.report(OOM);
  await clock.pass(60_000);
  expect(probes()).toBe(0);
});
