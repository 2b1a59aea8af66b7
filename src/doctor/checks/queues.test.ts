/** Every decider about queues on both sides of its limit. */
import { expect, test } from 'vitest';
import { examine } from '../examine.ts';
import { known, unknown } from '../reading.ts';
import type { QueueSeen, Sample } from '../sample.ts';
import { emptySample } from '../take-sample.ts';
import { QUEUE_CHECKS } from './queues.ts';

const NOW = 1_700_000_000_000;
const COUNTS = {
  ...{ wait: 0, active: 0, paused: 0, prioritized: 0, delayed: 0, waitingChildren: 0 },
  ...{ completed: 0, failed: 0, schedulers: 0 },
};
const QUIET: QueueSeen = {
  ...{ queue: 'mails', counts: COUNTS, isPaused: false, pausedAt: null, limitedForMs: 0 },
  ...{ concurrency: null, maxLenEvents: null, events: 0, stalledEvents: 0, idCounter: null },
  ...{ highestId: null, oldestWaitingAt: null, firstDelayedAt: null, firstScheduleAt: null },
  ...{ unlocked: [], strayLocks: [], hollow: [], largestDataBytes: 2, largestJob: null },
  ...{ stalledOut: 0, strandedParents: [], workers: 1, orphans: [] },
  ...{ keepCompleted: null, keepCompletedMs: null, keepFailed: null },
};

type Seen = Partial<Omit<QueueSeen, 'counts'>> & { counts?: Partial<QueueSeen['counts']> };

function seen({ counts, ...rest }: Seen): QueueSeen {
  return { ...QUIET, ...rest, counts: { ...COUNTS, ...counts } };
}

function judge(queue: Seen, before: Seen | null = {}, more: Partial<Sample> = {}): string[] {
  const empty = emptySample({
    info: known(new Map()),
    config: unknown('x'),
    memoryBytes: unknown('x'),
  });
  const sample: Sample = {
    ...empty,
    ...{ server: { ...empty.server, at: NOW }, queues: [seen(queue)], queuesUnknown: null },
    queuesBefore: new Map(before ? [['mails', seen(before)]] : []),
    ...more,
  };
  return examine(sample, QUEUE_CHECKS).map(({ id, severity }) => `${id} ${severity}`);
}

const stuck: Seen = { counts: { wait: 3 }, oldestWaitingAt: NOW - 15_001 };
const overdue: Seen = { firstDelayedAt: NOW - 5_001 };

test.each<[string, Seen, string[]]>([
  ['nothing', {}, []],
  ['data of 100 KB', { largestDataBytes: 102_400 }, []],
  ['data above 100 KB', { largestDataBytes: 102_401 }, ['MEM05 warning']],
  ['data of 1 MB', { largestDataBytes: 1_048_576 }, ['MEM05 warning']],
  ['data above 1 MB', { largestDataBytes: 1_048_577 }, ['MEM05 critical']],
  ['a million failed jobs', { counts: { failed: 1_000_001 } }, ['MEM06 warning']],
  ['a million delayed jobs', { counts: { delayed: 1_000_000 } }, []],
  ['more than a million delayed jobs', { counts: { delayed: 1_000_001 } }, ['MEM05 warning']],
  ['100,000 completed jobs', { counts: { completed: 100_000 } }, []],
  ['more than 100,000', { counts: { completed: 100_001 } }, ['MEM06 warning']],
  ['as many as kept, and 1,000', { counts: { completed: 1_100 }, keepCompleted: 100 }, []],
  ['more', { counts: { completed: 1_101 }, keepCompleted: 100 }, ['MEM06 warning']],
  ['a stream at its limit', { events: 320, maxLenEvents: 100 }, []],
  ['a stream above its limit', { events: 321, maxLenEvents: 100 }, ['MEM07 warning']],
  ['a stream without a limit of its own', { events: 12_201 }, ['MEM07 warning']],
  ['jobs that wait for 15 s', { ...stuck, oldestWaitingAt: NOW - 15_000 }, []],
  ['jobs that wait for longer', stuck, ['Q01 critical']],
  ['prioritized ones', { ...stuck, counts: { prioritized: 1 } }, ['Q01 critical']],
  ['jobs that wait while one is active', { ...stuck, counts: { wait: 3, active: 1 } }, []],
  ['jobs that wait in a paused queue', { ...stuck, isPaused: true }, []],
  ['jobs that wait for a rate limit', { ...stuck, limitedForMs: 1 }, []],
  ['jobs that wait without workers', { ...stuck, workers: 0 }, []],
  ['delayed jobs due for 5 s', { firstDelayedAt: NOW - 5_000 }, []],
  ['delayed jobs due for longer', overdue, ['Q02 critical']],
  ['delayed jobs while all are busy', { ...overdue, counts: { active: 1 } }, []],
  ['delayed jobs of a paused queue', { ...overdue, isPaused: true }, []],
  ['stalls', { stalledEvents: 1 }, ['Q03 warning']],
  ['stalls too often', { stalledEvents: 1, stalledOut: 1 }, ['Q03 critical']],
  ['parents in vain', { strandedParents: ['1'] }, ['Q05 critical']],
  ['a job that waits for an hour', { oldestWaitingAt: NOW - 3_600_000, workers: 0 }, []],
  ['a job that waits longer', { oldestWaitingAt: NOW - 3_600_001, workers: 0 }, ['Q06 warning']],
  ['a schedule late by a minute', { firstScheduleAt: NOW - 60_000 }, []],
  ['a schedule later than that', { firstScheduleAt: NOW - 60_001 }, ['Q06 warning']],
  ['paused for an hour', { isPaused: true, pausedAt: NOW - 3_600_000 }, []],
  ['paused for longer', { isPaused: true, pausedAt: NOW - 3_600_001 }, ['Q06 warning']],
  ['paused, nobody knows since when', { isPaused: true }, []],
  ['a counter at the highest id', { idCounter: 7, highestId: 7 }, []],
  ['a counter below', { idCounter: 6, highestId: 7 }, ['Q06 critical']],
  [
    'an id without a hash',
    { hollow: [{ id: '1', listedIn: 'wait', isList: true }] },
    ['Q07 critical'],
  ],
  ['schedulers with a worker', { counts: { schedulers: 1 } }, []],
  ['schedulers without', { counts: { schedulers: 1 }, workers: 0 }, ['Q08 warning']],
  ['schedulers and nobody knows', { counts: { schedulers: 1 }, workers: null }, ['Q08 unverified']],
])('%s', (_, queue, expected) => {
  expect(judge(queue)).toEqual(expected);
});

test('what needs two looks is unverified after one, and counts only when both have seen it', () => {
  const lost = { orphans: ['1', '2'] };
  expect(judge(lost, null)).toEqual(['MEM08 unverified']);
  expect(judge(lost, { orphans: ['3', '4'] })).toEqual([]);
  expect(judge(lost, { orphans: ['1', '3'] })).toEqual(['MEM08 warning']);
  expect(judge(lost, { orphans: ['1'] })).toEqual(['MEM08 critical']);
  expect(judge({ unlocked: ['1'] }, null)).toEqual(['Q04 unverified']);
  expect(judge({ unlocked: ['1'] }, { unlocked: ['2'] })).toEqual([]);
  expect(judge({ unlocked: ['1'] }, { unlocked: ['1'] })).toEqual(['Q04 warning']);
  expect(judge({ strayLocks: ['1'] }, { strayLocks: ['1'] })).toEqual(['Q04 warning']);
});

test('names of queues and ids never become more than one word of a command', () => {
  const evil = 'a; rm -rf $HOME';
  const empty = emptySample({
    info: known(new Map()),
    config: unknown('x'),
    memoryBytes: unknown('x'),
  });
  const sample: Sample = {
    ...{ ...empty, queuesUnknown: null, server: { ...empty.server, at: NOW } },
    queues: [
      seen({
        ...{ queue: evil, isPaused: true, pausedAt: NOW - 4_000_000 },
        hollow: [{ id: evil, listedIn: 'wait', isList: true }],
      }),
    ],
  };
  const lines = examine(sample, QUEUE_CHECKS)
    .filter(({ severity }) => severity !== 'unverified')
    .flatMap(({ remedy }) => remedy);
  expect(lines).toContain(`npx drover queue resume '${evil}'`);
  expect(lines.filter((line) => line.includes('rm -rf') && !line.includes(`'${evil}'`))).toEqual(
    [],
  );
});
