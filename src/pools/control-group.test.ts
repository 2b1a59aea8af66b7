import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findControlGroup, parseOwnGroups } from './control-group.ts';

const MB = 1024 * 1024;

/** A folder with such files; `self` is what `/proc/self/cgroup` would say. */
async function groups(self: string, files: Record<string, string>): Promise<[string, string]> {
  const root = await mkdtemp(join(tmpdir(), 'drover-cgroup-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [name, content] of Object.entries({ ...files, self })) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return [root, join(root, 'self')];
}

test('version 2, in a container: the limits are those of the root that is mounted', async () => {
  const group = await findControlGroup(
    ...(await groups('0::/\n', {
      'cgroup.controllers': 'cpu memory\n',
      'cpu.max': '150000 100000\n',
      'cpu.stat': 'usage_usec 2500000\nuser_usec 2000000\n',
      'memory.max': `${512 * MB}\n`,
      'memory.current': `${300 * MB}\n`,
      'memory.stat': `anon 1\ninactive_file ${100 * MB}\nactive_file 7\n`,
    })),
  );
  expect(await group.cpu()).toEqual({ usedMs: 2_500, processors: 1.5 });
  expect(await group.memory()).toEqual({ usedBytes: 200 * MB, limitBytes: 512 * MB });
});

test('version 2: a limit on a group above counts, the nearest one first', async () => {
  const group = await findControlGroup(
    ...(await groups('0::/pod/app\n', {
      'cgroup.controllers': '',
      'memory.max': `${900 * MB}`,
      'memory.current': `${800 * MB}`,
      'pod/memory.max': `${600 * MB}`,
      'pod/memory.current': `${150 * MB}`,
      'pod/app/memory.max': 'max\n',
      'pod/app/memory.current': `${100 * MB}`,
      'pod/app/cpu.max': 'max 100000\n',
      'pod/app/cpu.stat': 'usage_usec 7\n',
    })),
  );
  expect(await group.memory()).toEqual({ usedBytes: 150 * MB, limitBytes: 600 * MB });
  expect(await group.cpu()).toBe(undefined);
});

test('version 1: each controller has its own folders', async () => {
  const group = await findControlGroup(
    ...(await groups('4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n', {
      'memory/docker/abc/memory.limit_in_bytes': `${256 * MB}`,
      'memory/docker/abc/memory.usage_in_bytes': `${200 * MB}`,
      'memory/docker/abc/memory.stat': `inactive_file 5\ntotal_inactive_file ${50 * MB}\n`,
      'cpu/docker/abc/cpu.cfs_quota_us': '50000\n',
      'cpu/docker/abc/cpu.cfs_period_us': '100000\n',
      'cpu/docker/abc/cpuacct.usage': '3000000000\n',
    })),
  );
  expect(await group.memory()).toEqual({ usedBytes: 150 * MB, limitBytes: 256 * MB });
  expect(await group.cpu()).toEqual({ usedMs: 3_000, processors: 0.5 });
});

test("version 1, when the host's path is not visible in the container: the root counts", async () => {
  const group = await findControlGroup(
    ...(await groups('4:memory:/kubepods/pod1/abc\n', {
      'memory/memory.limit_in_bytes': `${256 * MB}`,
      'memory/memory.usage_in_bytes': `${64 * MB}`,
    })),
  );
  expect(await group.memory()).toEqual({ usedBytes: 64 * MB, limitBytes: 256 * MB });
});

test.each([
  ['nothing', {}],
  ['no limit in version 1', { 'memory/memory.limit_in_bytes': '9223372036854771712' }],
  ['no number', { 'cgroup.controllers': '', 'memory.max': 'x', 'cpu.max': '' }],
  ['no usage', { 'cgroup.controllers': '', 'memory.max': '1000', 'cpu.max': '1 1' }],
  ['a limit of 0', { 'cgroup.controllers': '', 'memory.max': '0', 'memory.current': '0' }],
])('%s is no answer, and no limit', async (_, files) => {
  const group = await findControlGroup(...(await groups('0::/\n', files)));
  expect(await group.memory()).toBe(undefined);
  expect(await group.cpu()).toBe(undefined);
});

test('a usage that has become unreadable is unknown', async () => {
  const [root, self] = await groups('0::/\n', {
    ...{ 'cgroup.controllers': '', 'memory.max': `${MB}`, 'memory.current': '1' },
  });
  const group = await findControlGroup(root, self);
  expect(await group.memory()).toEqual({ usedBytes: 1, limitBytes: MB });
  await rm(join(root, 'memory.current'));
  expect(await group.memory()).toBe(undefined);
});

test('what a process belongs to is read whatever stands there', () => {
  expect(parseOwnGroups('')).toEqual(new Map());
  expect(parseOwnGroups('nonsense\n1:name=systemd:/a\n2:cpu,cpuacct:/b:c\n')).toEqual(
    new Map([
      ['name=systemd', '/a'],
      ['cpu', '/b:c'],
      ['cpuacct', '/b:c'],
    ]),
  );
});
