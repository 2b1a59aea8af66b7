/**
 * What the figures were measured on: a number without its machine says nothing.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { redisBinary } from './redis.ts';

/** The machine and the versions. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly redis: string;
  readonly bullmq: string;
  readonly ioredis: string;
  readonly platform: string;
  /** Over 1, 5 and 15 minutes, when the run began. */
  readonly loadAverage: readonly number[];
}

/** Above this load per core other work disturbs the figures. */
const BUSY_PER_CORE = 0.7;

/** Looks at the machine. */
export function readMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Number((totalmem() / 2 ** 30).toFixed(1)),
    node: process.versions.node,
    redis: redisVersion(),
    bullmq: versionOf('bullmq'),
    ioredis: versionOf('ioredis'),
    platform: `${platform()} ${release()} ${arch()}`,
    loadAverage: loadavg().map((load) => Number(load.toFixed(2))),
  };
}

/** A sentence when the machine is too busy for figures that mean something. */
export function warningOf({ loadAverage, cores }: Machine): string | null {
  const perCore = (loadAverage[0] ?? 0) / cores;
  if (perCore <= BUSY_PER_CORE) return null;
  return `the load is ${perCore.toFixed(2)} per core, above ${BUSY_PER_CORE}: other work disturbs these figures`;
}

function versionOf(name: string): string {
  // From bench/dist/harness; packages do not always export their package.json.
  const url = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}

function redisVersion(): string {
  const output = execFileSync(redisBinary(), ['--version'], { encoding: 'utf8' });
  return /v=(\S+)/.exec(output)?.[1] ?? output.trim();
}
