import { expect, it, test } from 'vitest';
import { judgeSource, type Measured, type Seen, type Verdict } from './source.ts';

/** A queue that keeps its finished jobs. */
const KEPT: Seen = {
  ...{ completedIn: 0, completedKept: 500, reachesBack: true },
  ...{ failedIn: 0, failedKept: 20, removesFailed: false },
};

it.each<
  [what: string, seen: Partial<Seen>, measured: Measured | null, source: string, excess?: object]
>([
  ['nothing kept and nobody heard of', { completedKept: 0, failedKept: 0 }, null, 'absent'],
  [
    'a worker without Drover',
    { completedIn: 30, failedIn: 2 },
    null,
    'derived',
    { completed: 30, dead: 2 },
  ],
  ['a quiet minute of such a worker', {}, null, 'derived', { completed: 0, dead: 0 }],
  [
    'completed jobs that do not reach back',
    { completedIn: 100, completedKept: 100, reachesBack: false },
    null,
    'absent',
  ],
  [
    'those, and failed ones',
    { completedIn: 100, reachesBack: false, failedIn: 3 },
    null,
    'derived',
    { completed: null, dead: 3 },
  ],
  ['completed jobs removed at once', { completedKept: 0, reachesBack: false }, null, 'absent'],
  [
    'failed jobs removed at once',
    { completedIn: 9, failedKept: 0, removesFailed: true },
    null,
    'derived',
    { completed: 9, dead: null },
  ],
  [
    'no failure ever',
    { completedIn: 9, failedKept: 0 },
    null,
    'derived',
    { completed: 9, dead: 0 },
  ],
  ['as many as were measured', { completedIn: 100 }, { completed: 100, dead: 0 }, 'measured'],
  ['fewer, since they are removed', { completedIn: 3 }, { completed: 100, dead: 0 }, 'measured'],
  [
    'a few more, on the edge of the minute',
    { completedIn: 105 },
    { completed: 100, dead: 0 },
    'measured',
  ],
  [
    'far more: others work there, too',
    { completedIn: 150, failedIn: 7 },
    { completed: 100, dead: 2 },
    'derived',
    { completed: 50, dead: 5 },
  ],
  [
    'slots without a job, and others work',
    { completedIn: 40 },
    { completed: 0, dead: 0 },
    'derived',
    { completed: 40, dead: 0 },
  ],
  ['slots without a job, and nobody works', {}, { completed: 0, dead: 0 }, 'measured'],
  [
    'measured, and nothing is kept',
    { completedKept: 0, reachesBack: false, failedKept: 0 },
    { completed: 8, dead: 0 },
    'measured',
  ],
])('%s', (_what, seen, measured, source, excess) => {
  const verdict: Verdict = judgeSource({ ...KEPT, ...seen }, measured, true);
  expect(verdict.source).toBe(source);
  expect('excess' in verdict ? verdict.excess : undefined).toEqual(excess);
});

test('a single minute with more than was measured is an edge, a second one is another worker', () => {
  const seen = { ...KEPT, completedIn: 1_000 };
  const measured = { completed: 0, dead: 0 };
  expect(judgeSource(seen, measured, false)).toEqual({ source: 'measured', exceeds: true });
  expect(judgeSource(seen, measured, true)).toMatchObject({ source: 'derived', exceeds: true });
});
