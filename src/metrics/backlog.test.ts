import { expect, it } from 'vitest';
import type { QueueStats } from '../queues/queue-stats.ts';
import { type Backlog, toBacklog } from './backlog.ts';
import { type Figures, toFigures } from './figures.ts';

const ABSENT = toFigures({ from: 0, to: 60_000, record: undefined });

const stats = (waiting: number, isPaused = false): QueueStats => ({
  ...{ queue: 'photos', isPaused, workers: 1, slots: 4 },
  oldestWaitingMs: waiting > 0 ? 90_000 : null,
  counts: {
    ...{ waiting, active: 1, prioritized: waiting, delayed: 9 },
    ...{ 'waiting-children': 9, completed: 9, failed: 9 },
  },
});
const rates = (arrivalsPerMinute: number | null, throughputPerMinute: number | null): Figures => ({
  ...ABSENT,
  ...{ arrivalsPerMinute, throughputPerMinute },
});

it.each<[QueueStats, Figures | undefined, Partial<Backlog>]>([
  [stats(0), rates(5, 5), { reason: 'empty', drainMs: 0, waiting: 0, oldestWaitingMs: null }],
  [stats(0), undefined, { reason: 'empty', drainMs: 0, servicePerMinute: null }],
  [stats(50), rates(10, 60), { reason: 'draining', drainMs: 120_000, waiting: 100 }],
  [stats(50), rates(60, 60), { reason: 'growing', drainMs: null }],
  [stats(50), rates(90, 60), { reason: 'growing', drainMs: null, oldestWaitingMs: 90_000 }],
  [stats(50), rates(0, 0), { reason: 'stalled', drainMs: null, oldestWaitingMs: 90_000 }],
  [stats(50), rates(null, 0), { reason: 'stalled', drainMs: null }],
  [stats(50, true), rates(0, 60), { reason: 'paused', drainMs: null }],
  [stats(50), rates(null, 60), { reason: 'unknown', words: expect.stringContaining('come in') }],
  [stats(50), rates(10, null), { reason: 'unknown', words: expect.stringContaining('are done') }],
  [stats(50), undefined, { reason: 'unknown', arrivalsPerMinute: null, source: 'absent' }],
])('backlog %#', (now, recent, expected) => {
  expect(toBacklog(now, recent)).toMatchObject(expected);
});
