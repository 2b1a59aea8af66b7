/**
 * Finds and reads the control group (cgroup v2 or v1) whose limits bound this process.
 *
 * A limit may be set on the process's own group or on one above it; the nearest one that has it counts. In a
 * container the root of what is mounted is the container's own group. Memory is what the kernel could not free at
 * once: usage without inactive file pages, as the kubelet counts it before it evicts. No limit is no answer.
 */
import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';

/** Where Linux mounts control groups. */
export const CGROUP_ROOT = '/sys/fs/cgroup';
const OWN_GROUPS = '/proc/self/cgroup';

/** Processor time of a limited group. */
export interface CpuLimit {
  /** So far, ms. */
  readonly usedMs: number;
  /** How many processors' worth it may use. */
  readonly processors: number;
}

/** Memory of a limited group. */
export interface MemoryLimit {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** Reads what bounds a process; undefined: nothing does, or it cannot be read. */
export interface ControlGroup {
  cpu(): Promise<CpuLimit | undefined>;
  memory(): Promise<MemoryLimit | undefined>;
}

/** Finds the groups with limits. Never throws: without Linux or without rights there are none. */
export async function findControlGroup(
  root: string = CGROUP_ROOT,
  ownGroups: string = OWN_GROUPS,
): Promise<ControlGroup> {
  const paths = parseOwnGroups((await text(ownGroups)) ?? '');
  const isUnified = (await text(join(root, 'cgroup.controllers'))) !== undefined;
  const [readCpu, readMemory] = isUnified ? [cpuOfV2, memoryOfV2] : [cpuOfV1, memoryOfV1];
  const cpuRoot = isUnified ? root : join(root, 'cpu');
  const memoryRoot = isUnified ? root : join(root, 'memory');
  const own = (controller: string): string => paths.get(isUnified ? '' : controller) ?? '/';
  const cpu = await nearest(cpuRoot, own('cpu'), readCpu);
  const memory = await nearest(memoryRoot, own('memory'), readMemory);
  return {
    cpu: async () => (cpu === undefined ? undefined : await readCpu(cpu)),
    memory: async () => (memory === undefined ? undefined : await readMemory(memory)),
  };
}

/** Controller → path, from `/proc/self/cgroup`; v2's one hierarchy has the empty name. */
export function parseOwnGroups(lines: string): Map<string, string> {
  return new Map(
    lines.split('\n').flatMap((line): [string, string][] => {
      const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line.trim()) ?? [];
      if (controllers === undefined || path === undefined) return [];
      return controllers.split(',').map((controller) => [controller, path]);
    }),
  );
}

/** The first folder from `path` upwards where `read` finds a limit. */
async function nearest(
  root: string,
  path: string,
  read: (folder: string) => Promise<unknown>,
): Promise<string | undefined> {
  for (let at = path; ; at = dirname(at)) {
    const folder = join(root, at);
    if (await read(folder)) return folder;
    if (at === '/' || at === '.') return undefined;
  }
}

async function cpuOfV2(folder: string): Promise<CpuLimit | undefined> {
  const [quota, period] = ((await text(join(folder, 'cpu.max'))) ?? '').split(/\s+/);
  const usedUs = field(await text(join(folder, 'cpu.stat')), 'usage_usec');
  return cpuLimit(numberOf(quota), numberOf(period), usedUs && usedUs / 1_000);
}

async function cpuOfV1(folder: string): Promise<CpuLimit | undefined> {
  const quota = numberOf(await text(join(folder, 'cpu.cfs_quota_us')));
  const period = numberOf(await text(join(folder, 'cpu.cfs_period_us')));
  // Both controllers are mounted together nearly everywhere, under both names.
  const usedNs = numberOf(await text(join(folder, 'cpuacct.usage')));
  return cpuLimit(quota, period, usedNs && usedNs / 1e6);
}

function cpuLimit(
  quota: number | undefined,
  period: number | undefined,
  usedMs: number | undefined,
): CpuLimit | undefined {
  // -1 and "max" are no limit.
  if (quota === undefined || quota <= 0 || !period || usedMs === undefined) return undefined;
  return { usedMs, processors: quota / period };
}

async function memoryOfV2(folder: string): Promise<MemoryLimit | undefined> {
  const inactive = field(await text(join(folder, 'memory.stat')), 'inactive_file');
  const limit = numberOf(await text(join(folder, 'memory.max')));
  return memoryLimit(limit, numberOf(await text(join(folder, 'memory.current'))), inactive);
}

async function memoryOfV1(folder: string): Promise<MemoryLimit | undefined> {
  const inactive = field(await text(join(folder, 'memory.stat')), 'total_inactive_file');
  const limit = numberOf(await text(join(folder, 'memory.limit_in_bytes')));
  return memoryLimit(limit, numberOf(await text(join(folder, 'memory.usage_in_bytes'))), inactive);
}

function memoryLimit(
  limitBytes: number | undefined,
  current: number | undefined,
  inactive: number | undefined,
): MemoryLimit | undefined {
  // v1 writes "no limit" as a number above all memory there is.
  if (!limitBytes || limitBytes > totalmem() || current === undefined) return undefined;
  return { limitBytes, usedBytes: Math.max(0, current - (inactive ?? 0)) };
}

async function text(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(() => undefined);
}

/** A line `<name> <number>`. */
function field(lines: string | undefined, name: string): number | undefined {
  return numberOf(new RegExp(`^${name} (\\d+)$`, 'm').exec(lines ?? '')?.[1]);
}

function numberOf(written: string | undefined): number | undefined {
  const value = Number(written?.trim() || Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
