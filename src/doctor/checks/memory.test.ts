/** Every decider about memory on both sides of its limit. */
import { expect, test } from 'vitest';
import { examine } from '../examine.ts';
import { known, unknown } from '../reading.ts';
import type { Sample } from '../sample.ts';
import { emptySample } from '../take-sample.ts';
import { MEMORY_CHECKS } from './memory.ts';

const HOUR_MS = 3_600_000;
const BIG = String(200 * 1_048_576);

function sampleOf(text: string, memoryBytes = 1e12): Sample {
  const info = new Map(text.split(' ').map((pair) => pair.split(':') as [string, string]));
  return emptySample({
    ...{ info: known(info), config: unknown('x'), memoryBytes: known(memoryBytes) },
  });
}

function judge(sample: Sample): string[] {
  return examine(sample, MEMORY_CHECKS).flatMap(({ id, severity }) =>
    severity === 'unverified' ? [] : [`${id} ${severity}`],
  );
}

test.each([
  ['used_memory:750 maxmemory:1000', []],
  ['used_memory:751 maxmemory:1000', ['MEM01 warning']],
  ['used_memory:900 maxmemory:1000', ['MEM01 warning']],
  ['used_memory:901 maxmemory:1000', ['MEM01 critical']],
  ['used_memory:901 maxmemory:0', []],
  [`mem_fragmentation_ratio:1.5 used_memory_rss:${BIG}`, []],
  [`mem_fragmentation_ratio:1.51 used_memory_rss:${BIG}`, ['MEM03 warning']],
  [`mem_fragmentation_ratio:1 used_memory_rss:${BIG}`, []],
  [`mem_fragmentation_ratio:0.99 used_memory_rss:${BIG}`, ['MEM03 critical']],
  ['mem_fragmentation_ratio:9 used_memory_rss:1000', []],
])('a server that says %s', (text, expected) => {
  expect(judge(sampleOf(text))).toEqual(expected);
});

test('a fork that does not fit into the machine', () => {
  const text = 'used_memory_rss:600 rdb_last_cow_size:400 aof_last_cow_size:300';
  expect(judge(sampleOf(text, 1_000))).toEqual([]);
  expect(judge(sampleOf(text, 999))).toEqual(['MEM04 critical']);
});

test('refusals and the pace are told from two looks of one run of the server', () => {
  const at = (sample: Sample, ms: number): Sample['server'] => ({ ...sample.server, at: ms });
  const later = (now: string, then: string): Sample => ({
    ...sampleOf(now),
    ...{ server: at(sampleOf(now), HOUR_MS), before: at(sampleOf(then), 0) },
  });
  const oom = (count: number, run: string): string => `errorstat_OOM:count=${count} run_id:${run}`;
  expect(judge(later(oom(2, 'a'), oom(1, 'a')))).toEqual(['MEM02 critical']);
  expect(judge(later(oom(2, 'a'), oom(2, 'a')))).toEqual([]);
  expect(judge(later(oom(2, 'b'), oom(1, 'a')))).toEqual([]);
  const used = (bytes: number): string => `used_memory:${bytes} maxmemory:100000 run_id:a`;
  expect(judge(later(used(10_000), used(9_000)))).toEqual([]);
  expect(judge(later(used(10_000), used(5_000)))).toEqual(['MEM01 warning']);
});
