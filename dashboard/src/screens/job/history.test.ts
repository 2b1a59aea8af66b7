import { expect, test } from 'vitest';
import type { JobView } from '../../../../src/operations/views.ts';
import { historyOf } from './history.ts';

const JOB: JobView = {
  ...{ queue: 'q', id: '1', name: 'n', state: 'waiting', addedAt: 1_000, startedAt: null },
  ...{ finishedAt: null, runsAt: null, attemptsMade: 0, attempts: 3, priority: 0 },
  ...{ failedReason: null, dataBytes: 2, parent: null, scheduler: null, data: '{}' },
  ...{ isDataCut: false, unreadable: null, result: null, progress: null, options: {} },
  ...{ stacktrace: [], worker: null, logLines: 0, timeline: [], hasDeadLetter: false },
  isRedacted: false,
};
const tried = (attempt: number, reason = 'boom') => ({
  ...{ attempt, host: 'h', version: '1', startedAt: 1_000 + attempt * 100, ms: 50, reason },
});
const kinds = (job: Partial<JobView>): string[] =>
  historyOf({ ...JOB, ...job }).map((step) =>
    step.kind === 'attempt' ? `attempt ${step.attempt}` : step.kind,
  );

test('a job that has just been added waits', () => {
  expect(kinds({})).toEqual(['waiting', 'added']);
  expect(kinds({ state: 'delayed', runsAt: 5_000, options: { delay: 4_000 } })).toEqual([
    ...['until', 'added'],
  ]);
});

test('a job that completed at its second attempt', () => {
  const job = { state: 'completed', attemptsMade: 2, startedAt: 1_300, finishedAt: 1_350 } as const;
  expect(kinds({ ...job, timeline: [tried(1)] })).toEqual([
    ...['completed', 'attempt 1', 'waited', 'added'],
  ]);
});

test('a stack goes to the attempt whose reason it begins with', () => {
  const stacktrace = ['Error: one\n at a', 'Error: two\n at b'];
  const job = { state: 'failed', attemptsMade: 3, finishedAt: 2_000, stacktrace } as const;
  const steps = historyOf({
    ...{ ...JOB, ...job },
    timeline: [tried(1, 'zero'), tried(2, 'one'), tried(3, 'other')],
  });
  const stacks = steps.flatMap((step) => (step.kind === 'attempt' ? [step.stack] : []));
  expect(stacks).toEqual([null, stacktrace[0], null]);
});

test('attempts of plain BullMQ are told by their stacks, and those of which nothing is kept are counted', () => {
  const times = { startedAt: 1_500, finishedAt: 1_600, failedReason: 'c' };
  const job = { state: 'failed', attemptsMade: 3, ...times } as const;
  expect(kinds({ ...job, stacktrace: ['Error: b\n at x', 'Error: c\n at y'] })).toEqual([
    ...['failed', 'attempt 3', 'attempt null', 'unknown', 'added'],
  ]);
  expect(kinds(job)).toEqual(['failed', 'attempt 3', 'unknown', 'added']);
});

test('the last attempt is told by the dead letter, unless that is of an earlier death', () => {
  const job = { ...JOB, state: 'failed', attemptsMade: 2, failedReason: 'boom' } as const;
  const dead = { ...job, startedAt: 1_201, finishedAt: 1_251, timeline: [tried(1)] };
  const hosts = (startedAt: number) =>
    historyOf(dead, [{ ...tried(2), startedAt, host: 'last' }]).flatMap((step) =>
      step.kind === 'attempt' ? [step.host] : [],
    );
  expect(hosts(1_200)).toEqual(['last', 'h']);
  expect(hosts(-9_000)).toEqual(['', 'h']);
});
