import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { ProcessPressure } from './process-pressure.ts';

const MB = 1024 * 1024;

function measure(options: ConstructorParameters<typeof ProcessPressure>[0] = {}): ProcessPressure {
  const pressure = new ProcessPressure(options);
  onTestFinished(() => pressure.stop());
  return pressure;
}

test('the first look knows nothing of what was before', async () => {
  const first = await measure().look();
  expect(first).toMatchObject({ elapsedMs: 0, loopUtilisation: null, cpuRatio: null });
  expect(first.loopDelayP99Ms).toBe(null);
  expect(first.rssBytes).toBeGreaterThan(10 * MB);
});

test('a loop that is kept busy is seen, and so is one that rests', async () => {
  const pressure = measure();
  await pressure.look();
  await sleep(60);
  const end = performance.now() + 400;
  while (performance.now() < end);
  await sleep(1);
  const busy = await pressure.look();
  expect(busy.loopUtilisation).toBeGreaterThan(0.3);
  expect(busy.loopDelayP99Ms).toBeGreaterThan(200);
  expect(busy.cpuRatio).toBeGreaterThan(0);
  await sleep(300);
  const resting = await pressure.look();
  expect(resting.loopUtilisation).toBeLessThan(busy.loopUtilisation!);
  expect(resting.loopDelayP99Ms).toBeLessThan(busy.loopDelayP99Ms!);
});

test('after a stop it begins anew', async () => {
  const pressure = measure();
  await pressure.look();
  await sleep(30);
  expect((await pressure.look()).loopUtilisation).not.toBe(null);
  pressure.stop();
  expect(await pressure.look()).toMatchObject({ elapsedMs: 0, loopUtilisation: null });
});

test("a group's processor time is set against its limit", async () => {
  const root = await mkdtemp(join(tmpdir(), 'drover-pressure-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const write = (name: string, content: string): Promise<void> =>
    writeFile(join(root, name), content);
  await write('cgroup.controllers', 'cpu memory');
  await write('cpu.max', '50000 100000');
  await write('cpu.stat', 'usage_usec 1000000\n');
  await write('memory.max', `${100 * MB}`);
  await write('memory.current', `${90 * MB}`);
  const clock = new FakeClock();
  const pressure = measure({ root, clock });
  await pressure.look();
  await clock.pass(1_000);
  await write('cpu.stat', 'usage_usec 1450000\n');
  // 450 ms of a second, where half a processor may be used.
  expect(await pressure.look()).toMatchObject({
    ...{ elapsedMs: 1_000, cpuRatio: 0.9 },
    ...{ memoryRatio: 0.9, memoryLimitBytes: 100 * MB },
  });
  await rm(join(root, 'cpu.stat'));
  await clock.pass(1_000);
  await pressure.look();
  await write('cpu.stat', 'usage_usec 500\n');
  await clock.pass(1_000);
  expect((await pressure.look()).cpuRatio).toBe(null);
});

test.runIf(process.platform === 'linux')(
  'a process that takes memory is seen by others',
  async () => {
    const pressure = measure({ root: '/nowhere' });
    const before = await pressure.look();
    const hog = spawn(process.execPath, [
      '-e',
      'const held = Buffer.alloc(500 * 1024 * 1024, 1); process.stdout.write("held"); setInterval(() => held, 1e6);',
    ]);
    onTestFinished(() => void hog.kill('SIGKILL'));
    await new Promise((resolve) => hog.stdout.once('data', resolve));
    const during = await pressure.look();
    const grownBytes = (during.memoryRatio! - before.memoryRatio!) * during.memoryLimitBytes!;
    expect(grownBytes).toBeGreaterThan(100 * MB);
  },
);
