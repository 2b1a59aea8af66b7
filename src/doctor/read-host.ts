/**
 * Reads the machine that Redis runs on, when it is this one.
 *
 * A port on the loopback may lead into a container or through a tunnel: the process that INFO names must be a Redis here,
 * else nothing of this machine is told as if it were the server's.
 */
import { readFile, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { known, type Reading, unknown } from './reading.ts';
import type { HostSeen, InfoFields } from './sample.ts';

/** The machine. */
export async function readHost(
  info: Reading<InfoFields>,
  config: Reading<ReadonlyMap<string, string>>,
): Promise<Reading<HostSeen>> {
  if (!info.isRead) return info;
  const pid = Number(info.value.get('process_id'));
  const name = Number.isInteger(pid) ? await text(`/proc/${pid}/comm`) : null;
  if (name === null || !/redis|valkey|dragonfly|keydb/.test(name))
    return unknown('the process of Redis cannot be seen from here');
  const disk = config.isRead ? await diskOf(config.value.get('dir')) : null;
  const limits = await text(`/proc/${pid}/limits`);
  return known({
    overcommit: await text('/proc/sys/vm/overcommit_memory'),
    hugePages:
      /\[(\w+)\]/.exec((await text('/sys/kernel/mm/transparent_hugepage/enabled')) ?? '')?.[1] ??
      null,
    somaxconn: Number((await text('/proc/sys/net/core/somaxconn')) ?? Number.NaN) || null,
    openFiles: Number(/^Max open files\s+(\d+)/m.exec(limits ?? '')?.[1] ?? 0) || null,
    diskFreeRatio: disk && disk.free / disk.all,
    diskFreeBytes: disk?.free ?? null,
    swapUsedBytes: null,
  });
}

/** Memory that Redis may use at most: of this container or machine. */
export async function readMemoryBytes(): Promise<Reading<number>> {
  const limits = [
    await text('/sys/fs/cgroup/memory.max'),
    await text('/sys/fs/cgroup/memory/memory.limit_in_bytes'),
  ].map(Number);
  return known(Math.min(totalmem(), ...limits.filter((limit) => limit > 0)));
}

async function text(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (content) => content.trim(),
    () => null,
  );
}

async function diskOf(dir: string | undefined): Promise<{ free: number; all: number } | null> {
  if (!dir) return null;
  return statfs(dir).then(
    ({ bsize, bavail, blocks }) => ({ free: bavail * bsize, all: blocks * bsize }),
    () => null,
  );
}
