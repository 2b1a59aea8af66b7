/**
 * What was measured on which machine, with which versions.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { redisBinary } from '../../support/redis-server.ts';

/** The machine and the versions, as rows of the report. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string;
  readonly drover: string;
  readonly bullmq: string;
  readonly ioredis: string;
}

/** Looks at the machine. */
export function readMachine(): Machine {
  const { stdout } = spawnSync(redisBinary(), ['--version'], { encoding: 'utf8' });
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Number((totalmem() / 2 ** 30).toFixed(1)),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    redis: /v=(\S+)/.exec(stdout)?.[1] ?? 'unknown',
    drover: versionIn('package.json'),
    bullmq: versionIn('node_modules/bullmq/package.json'),
    ioredis: versionIn('node_modules/ioredis/package.json'),
  };
}

function versionIn(path: string): string {
  const url = new URL(`../../../${path}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}
