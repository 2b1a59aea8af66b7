/**
 * Checks of the memory of the server: how full it is, what it refuses, what the system takes. Pure.
 */
import { formatSize } from '../../base/units.ts';
import { memoryLevel } from '../../redis/memory-level.ts';
import {
  type Check,
  critical,
  EVERY_REDIS,
  figure,
  grown,
  judged,
  type Verdict,
  warning,
} from '../check.ts';
import { both, mapped, valueOr } from '../reading.ts';
import type { Sample } from '../sample.ts';

const DAY_MS = 24 * 3_600_000;
const BIG_ENOUGH_BYTES = 100 * 1_048_576;
/** A look apart by less says nothing about where memory will be tomorrow. */
const SLOPE_OVER_MS = 60_000;

/** Memory. */
export const MEMORY_CHECKS: readonly Check[] = [
  {
    id: 'MEM01',
    title: 'Memory is filling up',
    area: 'live',
    rule: 'above 75 % of maxmemory: warning; above 90 %: critical; full within a day at this pace: warning',
    why: 'When it is full, adds are refused, and idle workers cannot fetch.',
    remedy: [
      'npx drover redis memory (which queues take it)',
      'npx drover queue list (finished jobs that are kept: set a retention)',
      'redis-cli CONFIG SET maxmemory <more>',
    ],
    isCheap: true,
    judge: judgeUsed,
  },
  {
    id: 'MEM02',
    title: 'Redis refuses writes because memory is full',
    area: 'live',
    rule: 'OOM answered since the last look: critical',
    why: 'Adds fail, idle workers cannot fetch, locks are not renewed.',
    remedy: [
      'In this order: trim the event streams, clean completed jobs, clean failed jobs that nobody needs, raise maxmemory',
      'npx drover doctor --fix --checks MEM07',
      'redis-cli CONFIG SET maxmemory <more>',
    ],
    judge: (sample) =>
      judged(grown(sample, 'errorstat_OOM', 'count'), ({ by }) =>
        by > 0 ? critical(`${by} commands were refused with OOM since the last look`) : undefined,
      ),
  },
  {
    id: 'MEM03',
    title: 'Memory is fragmented or swapped out',
    area: 'live',
    rule: 'mem_fragmentation_ratio with more than 100 MB: above 1.5 warning, below 1 critical',
    why: 'Fragmented memory is paid for twice; swapped memory makes every command slow.',
    remedy: [
      'Fragmented: redis-cli CONFIG SET activedefrag yes (where the build has it), or restart in a quiet hour',
      'Swapped: give the machine more memory, or lower maxmemory',
    ],
    profiles: EVERY_REDIS,
    judge: (sample) =>
      judged(
        both(figure(sample, 'mem_fragmentation_ratio'), figure(sample, 'used_memory_rss')),
        ([ratio, rss]) => {
          if (rss < BIG_ENOUGH_BYTES) return undefined;
          const seen = `mem_fragmentation_ratio ${ratio}, ${formatSize(rss)} resident`;
          if (ratio > 1.5) return warning(seen);
          return ratio < 1 ? critical(seen) : undefined;
        },
      ),
  },
  {
    id: 'MEM04',
    title: 'The next fork may be the end of Redis',
    area: 'live',
    rule: 'resident memory and the last copy-on-write above the memory of the container or machine: critical',
    why: 'A snapshot or a rewrite forks; the system kills whoever does not fit.',
    remedy: ['Give the container twice maxmemory', 'redis-cli CONFIG SET maxmemory <less>'],
    profiles: EVERY_REDIS,
    judge: judgeResident,
  },
];

function judgeUsed(sample: Sample): readonly Verdict[] {
  return judged(
    both(figure(sample, 'used_memory'), figure(sample, 'maxmemory')),
    ([used, limit]) => {
      if (limit === 0) return undefined;
      const level = memoryLevel(used, limit);
      const seen = `${formatSize(used)} of ${formatSize(limit)} (${Math.round((100 * used) / limit)} %)`;
      if (level) return level === 'critical' ? critical(seen) : warning(seen);
      const growth = slope(sample);
      return growth > 0 && (limit - used) / growth < DAY_MS
        ? warning(`${seen}, full in less than a day at the pace of the last looks`)
        : undefined;
    },
  );
}

/** Bytes per ms; 0 when it is not known. */
function slope(sample: Sample): number {
  const change = grown(sample, 'used_memory');
  if (!change.isRead || change.value.overMs < SLOPE_OVER_MS) return 0;
  return change.value.by / change.value.overMs;
}

function judgeResident(sample: Sample): readonly Verdict[] {
  const needs = mapped(
    figure(sample, 'used_memory_rss'),
    (rss) =>
      rss +
      Math.max(
        valueOr(figure(sample, 'rdb_last_cow_size'), 0),
        valueOr(figure(sample, 'aof_last_cow_size'), 0),
      ),
  );
  return judged(both(needs, sample.server.memoryBytes), ([bytes, memory]) =>
    bytes > memory
      ? critical(`${formatSize(bytes)} at the next fork, ${formatSize(memory)} are there`)
      : undefined,
  );
}
