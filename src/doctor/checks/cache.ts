/**
 * Checks of a cache: a Redis whose keys may go at any time, and must never be jobs. Pure.
 */
import {
  type Check,
  critical,
  field,
  judged,
  setting,
  unverified,
  type Verdict,
  warning,
} from '../check.ts';
import type { Sample } from '../sample.ts';
import { judgeMaxMemory } from './config.ts';

const MOST_NAMED = 5;

/** A cache is judged as a cache. */
export const CACHE_CHECKS: readonly Check[] = [
  {
    id: 'CAC01',
    title: 'The cache does not make room when it is full',
    area: 'configuration',
    rule: 'maxmemory-policy other than allkeys-*: warning',
    why: 'With noeviction every write is refused then; with volatile-* keys without a lifetime fill it for good.',
    remedy: [
      'redis-cli CONFIG SET maxmemory-policy allkeys-lru',
      'and in redis.conf: maxmemory-policy allkeys-lru',
    ],
    profiles: ['cache'],
    judge: (sample) =>
      judged(field(sample, 'maxmemory_policy'), (policy) =>
        policy.startsWith('allkeys-') ? undefined : warning(`maxmemory-policy is ${policy}`),
      ),
  },
  {
    id: 'CAC02',
    title: 'The cache has no limit, or one that is too high',
    area: 'configuration',
    rule: 'maxmemory 0: warning; above 60 % of the memory of the machine or container: warning',
    why: 'Without a limit it never makes room: it grows until the system kills it, or the Redis of the queues.',
    remedy: ['redis-cli CONFIG SET maxmemory <what the cache may take>'],
    profiles: ['cache'],
    judge: (sample) =>
      judgeMaxMemory(sample).map(({ severity, seen }): Verdict => ({ severity, seen })),
  },
  {
    id: 'CAC03',
    title: 'The cache is written to disk',
    area: 'configuration',
    rule: 'an append-only file or snapshots: warning',
    why: 'What can be made anew is written for nothing: each rewrite and each snapshot is a fork that slows everybody.',
    remedy: [
      'redis-cli CONFIG SET appendonly no',
      'redis-cli CONFIG SET save ""',
      'and in redis.conf: appendonly no, save ""',
    ],
    profiles: ['cache'],
    judge: judgeDisk,
  },
  {
    id: 'CAC04',
    title: 'Jobs are in a cache',
    area: 'queues',
    rule: 'keys of any queue: critical',
    why: 'Jobs in an evicting instance get lost: they and their locks are deleted when it is full, and nothing says so.',
    remedy: [
      'Stop the applications that add them, give them the address of the queue instance (of the kit: REDIS_QUEUE_URL, port 6380), and start them',
      'npx drover queue list (what is in them; workers that stay on this address can finish it)',
    ],
    profiles: ['cache'],
    judge: judgeQueues,
  },
];

function judgeDisk(sample: Sample): readonly Verdict[] {
  return judged(field(sample, 'aof_enabled'), (isAof) => {
    const save = setting(sample, 'save');
    const kept = [
      ...(isAof === '1' ? ['an append-only file'] : []),
      ...(save.isRead && save.value !== '' ? [`snapshots (save ${save.value})`] : []),
    ];
    const verdicts = kept.length > 0 ? [warning(`there are ${kept.join(' and ')}`)] : [];
    return save.isRead ? verdicts : [...verdicts, unverified(`save: ${save.reason}`)];
  });
}

function judgeQueues({ queueLabels, queuesUnknown }: Sample): readonly Verdict[] {
  if (queueLabels.length === 0) return queuesUnknown === null ? [] : [unverified(queuesUnknown)];
  const named = queueLabels.slice(0, MOST_NAMED).join(', ');
  const more =
    queueLabels.length > MOST_NAMED ? ` and ${queueLabels.length - MOST_NAMED} more` : '';
  return [critical(`${queueLabels.length} queues: ${named}${more}`)];
}
