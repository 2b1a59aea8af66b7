/**
 * Checks of what is in the queues. Pure.
 *
 * Ids come from samples: a finding names a few of them and never claims to have counted all.
 */
import { formatDuration, formatSize } from '../../base/units.ts';
import { keyPrefixOf } from '../../queues/key-prefix.ts';
import {
  type Check,
  critical,
  eachQueue,
  information,
  judged,
  unverified,
  type Verdict,
  WORKERS_UNKNOWN,
  warning,
} from '../check.ts';
import type { HollowId, QueueSeen, Sample } from '../sample.ts';

const MANY_FINISHED = 100_000;
const STUCK_MS = 15_000;
const OVERDUE_MS = 5_000;
const LATE_SCHEDULE_MS = 60_000;
const OLD_WAIT_MS = 3_600_000;
const LONG_PAUSE_MS = 3_600_000;
const BIG_DATA = 100 * 1_024;
const HUGE_DATA = 1_048_576;
const LONG_LIST = 1_000_000;
/** Ids that a finding names. */
const FEW = 5;
/** A stream is trimmed to about its limit, in whole blocks. */
const STREAM_SLACK = 1.2;
const STREAM_BLOCK = 200;
/** What BullMQ keeps when nobody says otherwise. */
const DEFAULT_EVENTS = 10_000;

/** Queues. */
export const QUEUE_CHECKS: readonly Check[] = [
  {
    id: 'MEM05',
    title: 'Jobs or lists are very big',
    area: 'queues',
    rule: 'data of a sampled job above 100 KB: warning, above 1 MB: critical; a list or set above a million: warning',
    why: 'Every fetch carries the data; big jobs hold up all others on the same connection.',
    remedy: [
      'npx drover redis memory',
      'In defineQueue: payload: { compressAbove: "1kb", offloadAbove: "64kb" }',
    ],
    judge: (sample) => eachQueue(sample, judgeSizes),
  },
  {
    id: 'MEM06',
    title: 'Finished jobs pile up',
    area: 'queues',
    rule: 'more completed or failed jobs than 1.2 × the configured number, or 100,000: warning',
    why: 'They are never deleted by themselves, and memory runs full.',
    remedy: [
      'In defineQueue: retention: { completed: { count: 100 }, failed: { count: 500, age: "7d" } }',
      'npx drover doctor --fix --checks MEM06 (deletes what a configured retention does not keep)',
      'npx drover queue clean <queue> --state completed --older-than 24h --dry-run',
    ],
    isFixable: true,
    judge: (sample) => eachQueue(sample, judgeFinished),
  },
  {
    id: 'MEM07',
    title: 'An events stream grows without bound',
    area: 'queues',
    rule: 'more than 1.2 × its limit (opts.maxLenEvents, else 10,000): warning',
    why: 'Each entry holds the result of a job: the stream can take more memory than the jobs.',
    remedy: ['npx drover doctor --fix --checks MEM07'],
    isFixable: true,
    judge: (sample) =>
      eachQueue(sample, ({ events, maxLenEvents }) => {
        const limit = maxLenEvents ?? DEFAULT_EVENTS;
        return events > STREAM_SLACK * limit + STREAM_BLOCK
          ? warning(`${events} events, the limit is ${limit}`)
          : undefined;
      }),
  },
  {
    id: 'MEM08',
    title: 'Jobs are in no list',
    area: 'queues',
    rule: 'any in two passes: warning; more than before: critical',
    why: 'A script was stopped half way: these jobs will never run.',
    remedy: ['npx drover doctor --fix --checks MEM08 (puts them back; never deletes)'],
    isFixable: true,
    judge: judgeOrphans,
  },
  {
    id: 'Q01',
    title: 'A queue is stuck',
    area: 'queues',
    rule: 'jobs wait for 15 s, none is active, it is not paused or limited, and there are workers: critical',
    why: 'The workers sleep: what wakes them is missing.',
    remedy: [
      'npx drover doctor --fix --checks Q01 (wakes the workers)',
      'If it comes again: restart the workers of this queue',
    ],
    isFixable: true,
    judge: judgeStuck,
  },
  {
    id: 'Q02',
    title: 'Delayed jobs are overdue',
    area: 'queues',
    rule: 'the first is due for more than 5 s and workers are free: critical',
    why: 'Nobody moves them to the line.',
    remedy: ['npx drover doctor --fix --checks Q02 (wakes the workers)', 'npx drover worker list'],
    isFixable: true,
    judge: (sample) =>
      eachQueue(sample, (queue) => {
        const { firstDelayedAt, isPaused, counts } = queue;
        const late = firstDelayedAt === null ? 0 : sample.server.at - firstDelayedAt;
        if (late <= OVERDUE_MS || isPaused || queue.limitedForMs > 0 || counts.active > 0)
          return undefined;
        return critical(
          `the first delayed job is due for ${formatDuration(late)}${queue.workers === 0 ? ', and no worker is there' : ''}`,
        );
      }),
  },
  {
    id: 'Q03',
    title: 'Jobs stall',
    area: 'queues',
    rule: 'stalled among the newest events: warning; jobs failed because they stalled too often: critical',
    why: 'Workers die or block their event loop; a job that stalls runs twice.',
    remedy: [
      'npx drover group list (what died together)',
      'Move blocking work out of the event loop, or give it a longer lock (lockDuration)',
      'npx drover job retry <queue> <id>',
    ],
    judge: (sample) =>
      eachQueue(sample, ({ stalledEvents, stalledOut }) => {
        if (stalledOut > 0)
          return critical(`${stalledOut} of the newest failed jobs stalled more than allowed`);
        return stalledEvents > 0
          ? warning(`${stalledEvents} of the newest events say stalled`)
          : undefined;
      }),
  },
  {
    id: 'Q04',
    title: 'Jobs are active without a lock, or locked without being active',
    area: 'queues',
    rule: 'the same ids in two looks: warning',
    why: 'Their worker is gone and no other one looks for them, or a lock was left behind.',
    remedy: [
      'Any running worker of the queue takes them over within its stalled interval (30 s)',
      'npx drover worker list (start a worker if there is none)',
    ],
    judge: judgeLocks,
  },
  {
    id: 'Q05',
    title: 'Parents wait for children that are not there',
    area: 'queues',
    rule: 'any sampled parent without open dependencies or with a missing child: critical',
    why: 'The parent will never run: a child was not stored, or was deleted.',
    remedy: [
      'npx drover job show <queue> <id> (its flow)',
      'npx drover job remove <queue> <id>, and add the flow again',
    ],
    judge: (sample) =>
      eachQueue(sample, ({ strandedParents }) =>
        strandedParents.length > 0
          ? critical(`parents that wait in vain: ${few(strandedParents)}`)
          : undefined,
      ),
  },
  {
    id: 'Q06',
    title: 'A queue is behind or was forgotten',
    area: 'queues',
    rule: 'oldest waiting job above 1 h, a schedule overdue by a minute, paused above 1 h: warning; the id counter below the highest id: critical',
    why: 'Jobs come too late; with a counter set back by a restore new jobs take the ids of old ones and are ignored.',
    remedy: [
      'npx drover queue show <queue>',
      'npx drover queue resume <queue>',
      'npx drover scheduler list <queue>',
    ],
    isFixable: true,
    judge: judgeAge,
  },
  {
    id: 'Q07',
    title: 'Ids without jobs',
    area: 'queues',
    rule: 'a sampled id in a list or set without its hash: critical',
    why: 'Keys were evicted or deleted by hand: these jobs are lost, and workers stumble over them.',
    remedy: [
      'See CFG01: redis-cli CONFIG SET maxmemory-policy noeviction',
      'Take the ids out of their list or set (the doctor prints how), and add them again from where they came',
    ],
    judge: (sample) =>
      eachQueue(sample, ({ queue, hollow }) =>
        hollow.length > 0
          ? critical(`ids without a hash: ${few(hollow.map(({ id }) => id))}`, [
              'See CFG01: redis-cli CONFIG SET maxmemory-policy noeviction',
              ...takeOut(queue, hollow),
              'and add them again from where they came',
            ])
          : undefined,
      ),
  },
  {
    id: 'Q08',
    title: 'Schedules without workers',
    area: 'queues',
    rule: 'schedulers and no worker: warning',
    why: 'A schedule makes its next job when the one before runs: without workers it stands still.',
    remedy: [
      'npx drover scheduler list <queue>',
      'Start a worker of this queue, or: npx drover scheduler remove <queue> <id>',
    ],
    judge: (sample) =>
      eachQueue(sample, ({ counts, workers }) => {
        if (counts.schedulers === 0 || counts.active > 0) return undefined;
        if (workers === null) return unverified(WORKERS_UNKNOWN);
        return workers === 0
          ? warning(`schedulers: ${counts.schedulers}, and no worker is there`)
          : undefined;
      }),
  },
  {
    id: 'SCOPE',
    title: 'Not everything was looked at',
    area: 'queues',
    rule: 'more queues or keys than one examination looks at: information',
    why: 'What was not looked at may have findings, too.',
    remedy: ['npx drover doctor --queue <queue>'],
    judge: ({ leftOut, unreadable }) => [
      ...leftOut.map((seen) => information(seen)),
      ...unreadable.map((queue) => ({
        ...unverified('the user may not read all keys of this queue'),
        queue,
      })),
    ],
  },
];

function few(ids: readonly string[]): string {
  const shown = ids.slice(0, FEW).map((id) => JSON.stringify(id.slice(0, 60)));
  return shown.join(', ') + (ids.length > FEW ? ` and ${ids.length - FEW} more` : '');
}

function takeOut(queue: string, hollow: readonly HollowId[]): string[] {
  return hollow.slice(0, FEW).flatMap(({ id, listedIn, isList }) => {
    const key = keyPrefixOf(queue) + listedIn;
    return isList ? asCommand('LREM', key, '0', id) : asCommand('ZREM', key, id);
  });
}

/** Ids and names come from keys: only what a shell takes for one word each is printed as a command. */
function asCommand(...words: readonly string[]): string[] {
  return words.every((word) => /^[\w.:@{}-]+$/.test(word)) ? [`redis-cli ${words.join(' ')}`] : [];
}

function judgeSizes({ largestDataBytes, largestJob, counts }: QueueSeen): Verdict | undefined {
  const seen = `the data of job ${JSON.stringify(largestJob)} has ${formatSize(largestDataBytes)}`;
  if (largestDataBytes > HUGE_DATA) return critical(seen);
  if (largestDataBytes > BIG_DATA) return warning(seen);
  const long = Object.entries(counts).find(
    ([part, count]) => part !== 'completed' && part !== 'failed' && count > LONG_LIST,
  );
  return long ? warning(`${long[1]} jobs in ${long[0]}`) : undefined;
}

function judgeFinished({ counts, keepCompleted, keepFailed }: QueueSeen): Verdict | undefined {
  for (const [part, keep] of [
    ['completed', keepCompleted],
    ['failed', keepFailed],
  ] as const) {
    const most = keep === null ? MANY_FINISHED : Math.max(STREAM_SLACK * keep, keep + 1_000);
    if (counts[part] > most)
      return warning(
        `${counts[part]} ${part} jobs${keep === null ? '' : `, ${keep} are to be kept`}`,
      );
  }
  return undefined;
}

function judgeOrphans(sample: Sample): readonly Verdict[] {
  return eachQueue(sample, ({ queue, orphans }) => {
    const before = sample.queuesBefore.get(queue)?.orphans;
    if (orphans === null || before === undefined || before === null)
      return orphans !== null && orphans.length === 0
        ? undefined
        : unverified('this needs two looks: run the doctor again, or without --quick');
    const both = orphans.filter((id) => before.includes(id));
    if (both.length === 0) return undefined;
    const seen = `in no list: ${few(both)}`;
    return orphans.length > before.length ? critical(seen) : warning(seen);
  });
}

function judgeStuck(sample: Sample): readonly Verdict[] {
  return eachQueue(sample, (queue) => {
    const { counts, workers, isPaused, limitedForMs, oldestWaitingAt, concurrency } = queue;
    const waiting = counts.wait + counts.prioritized;
    if (
      waiting === 0 ||
      counts.active > 0 ||
      isPaused ||
      limitedForMs > 0 ||
      !workers ||
      concurrency === 0
    )
      return undefined;
    const ageMs = oldestWaitingAt === null ? 0 : sample.server.at - oldestWaitingAt;
    return ageMs > STUCK_MS
      ? critical(
          `${waiting} jobs wait, the oldest for ${formatDuration(ageMs)}, and ${workers} workers do nothing`,
        )
      : undefined;
  });
}

function judgeLocks(sample: Sample): readonly Verdict[] {
  return eachQueue(sample, ({ queue, unlocked, strayLocks }) => {
    if (unlocked.length + strayLocks.length === 0) return undefined;
    const before = sample.queuesBefore.get(queue);
    if (!before)
      return unverified('this needs two looks: run the doctor again, or without --quick');
    const active = unlocked.filter((id) => before.unlocked.includes(id));
    const stray = strayLocks.filter((id) => before.strayLocks.includes(id));
    if (active.length > 0) return warning(`active without a lock: ${few(active)}`);
    if (stray.length === 0) return undefined;
    return warning(`locked and not active: ${few(stray)}`, [
      ...stray.slice(0, FEW).flatMap((id) => asCommand('DEL', `${keyPrefixOf(queue)}${id}:lock`)),
      'npx drover worker list (a lock with a lifetime ends by itself)',
    ]);
  });
}

function judgeAge(sample: Sample): readonly Verdict[] {
  const now = sample.server.at;
  const all = sample.queues.flatMap((queue) => {
    const verdicts: Verdict[] = [];
    const { idCounter, highestId, oldestWaitingAt, firstScheduleAt, pausedAt, isPaused } = queue;
    if (highestId !== null && idCounter !== null && idCounter < highestId)
      verdicts.push(
        critical(`the id counter is ${idCounter}, and there is a job ${highestId}`, [
          'npx drover doctor --fix --checks Q06 (raises the counter)',
        ]),
      );
    if (!isPaused && oldestWaitingAt !== null && now - oldestWaitingAt > OLD_WAIT_MS)
      verdicts.push(
        warning(`the oldest job waits for ${formatDuration(now - oldestWaitingAt)}`, [
          'npx drover worker list',
          'npx drover pool list (or start more workers)',
        ]),
      );
    if (firstScheduleAt !== null && now - firstScheduleAt > LATE_SCHEDULE_MS)
      verdicts.push(
        warning(`a schedule is overdue for ${formatDuration(now - firstScheduleAt)}`, [
          'npx drover scheduler list <queue>',
          'npx drover worker list',
        ]),
      );
    if (isPaused && pausedAt !== null && now - pausedAt > LONG_PAUSE_MS)
      verdicts.push(
        warning(`paused for ${formatDuration(now - pausedAt)}`, [
          'npx drover queue resume <queue>',
        ]),
      );
    return verdicts.map((verdict) => ({ ...verdict, queue: queue.queue }));
  });
  return sample.queuesUnknown === null
    ? all
    : judged({ isRead: false, reason: sample.queuesUnknown }, () => undefined);
}
