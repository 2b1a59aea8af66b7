/** The machine under a server: a slow disk, a slow fork, settings of the kernel, a name with another address. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';
import type { DoctorReport, FindingView } from '../../src/operations/doctor/doctor-views.ts';
import { DROVER } from '../faces/command-line.ts';
import { redisBinary } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { findAndMend, look, startPatient, startServer } from './doctors.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'drover-host-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** A disk and a fork that take long while the file DROVER_SLOW is there. */
const SLOW_C = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void slow(unsigned ms) { if (access(getenv("DROVER_SLOW"), F_OK) == 0) usleep(ms * 1000); }
int fdatasync(int fd) { slow(900); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
pid_t fork(void) { slow(300); return ((pid_t (*)(void))dlsym(RTLD_NEXT, "fork"))(); }
`;

test('PER02 and PER03: a disk and a fork that are too slow', async ({ skip }) => {
  const dir = folder();
  writeFileSync(join(dir, 'slow.c'), SLOW_C);
  const made = spawnSync('cc', ['-shared', '-fPIC', '-o', 'slow.so', 'slow.c', '-ldl'], {
    cwd: dir,
  });
  if (made.status !== 0) skip('there is no C compiler: nothing makes a disk slow');
  const [binary, slow, before] = [
    redisBinary(),
    join(dir, 'slow'),
    process.env.DROVER_TEST_REDIS_SERVER,
  ];
  const wrapper = join(dir, 'redis-server');
  const env = `LD_PRELOAD='${join(dir, 'slow.so')}' DROVER_SLOW='${slow}'`;
  writeFileSync(wrapper, `#!/bin/sh\n${env} exec '${binary}' "$@"\n`);
  chmodSync(wrapper, 0o700);
  process.env.DROVER_TEST_REDIS_SERVER = wrapper;
  onTestFinished(() => {
    if (before === undefined) delete process.env.DROVER_TEST_REDIS_SERVER;
    else process.env.DROVER_TEST_REDIS_SERVER = before;
  });
  const patient = await startPatient();
  const { redis, coordinator } = patient;
  writeFileSync(slow, '');
  let isOver = false;
  const writing = (async () => {
    for (let i = 0; !isOver; i += 1) await redis.set('x', i).then(() => until(() => true));
  })();
  writing.catch(() => {}); // Awaited below, where the test gets so far.
  await until(async () => (await redis.info('persistence')).includes('aof_pending_bio_fsync:1'));
  const { findings } = await look(coordinator, {});
  expect(findings.filter(({ id }) => id === 'PER02')).toMatchObject([
    {
      severity: 'warning',
      seen: expect.stringMatching(/an fsync was pending in [2-5] of 5 looks/),
    },
  ]);
  await redis.bgsave();
  await findAndMend(patient, 'PER03', {
    ...{ severity: 'warning', seen: 'the last fork took' },
    byHand: async () => {
      rmSync(slow);
      isOver = true;
      await writing;
      await until(async () => (await redis.info('persistence')).includes('bgsave_in_progress:0'));
      await redis.bgsave();
    },
  });
}, 60_000);

test('CFG13 and DNS01: a kernel that is not prepared, and a name with another address', async ({
  skip,
}) => {
  const dir = folder();
  const [hosts, overcommit] = [join(dir, 'hosts'), join(dir, 'overcommit')];
  const own = `mount --bind ${hosts} /etc/hosts && mount --bind ${overcommit} /proc/sys/vm/overcommit_memory`;
  writeFileSync(hosts, '127.0.0.1 localhost\n');
  writeFileSync(overcommit, '0\n');
  if (spawnSync('unshare', ['-m', 'sh', '-c', own]).status !== 0)
    skip(
      'this user may not have files of its own in place of the machine’s: unshare -m is refused',
    );
  const server = await startServer();
  const port = await freePort();
  const serve = [
    'serve',
    '-r',
    `redis://localhost:${server.port}`,
    '--port',
    String(port),
    '--no-open',
  ];
  const child = spawn(
    'unshare',
    ['-m', 'sh', '-c', `${own} && exec "$0" "$@"`, process.execPath, DROVER, ...serve],
    { stdio: 'ignore' },
  );
  endWithThisProcess(child, 'KILL');
  onTestFinished(() => void child.kill('SIGKILL'));
  const found = async (id: string): Promise<readonly FindingView[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/doctor?quick=true`);
    const { findings, server: version } = (await answer.json()) as DoctorReport;
    if (version === null) throw new Error('the doctor is not in yet');
    return findings.filter((finding) => finding.id === id);
  };
  const unprepared = { severity: 'warning', seen: 'vm.overcommit_memory is 0' };
  expect(await until(() => found('CFG13'))).toContainEqual(
    expect.objectContaining({ ...unprepared, remedy: ['sysctl -w vm.overcommit_memory=1'] }),
  );
  expect(await found('DNS01')).toEqual([]);
  writeFileSync(overcommit, '1\n');
  writeFileSync(hosts, '127.0.0.2 localhost\n');
  expect(await found('CFG13')).not.toContainEqual(expect.objectContaining(unprepared));
  expect(await found('DNS01')).toMatchObject([
    { severity: 'warning', seen: 'connected to 127.0.0.1, the name is now 127.0.0.2' },
  ]);
}, 60_000);
