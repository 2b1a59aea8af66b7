import { expect, it, test } from 'vitest';
import { type Figures, toFigures } from './figures.ts';
import { OTHER } from './queue-recorder.ts';
import { clampRange } from './read-metrics.ts';
import { Sketch } from './sketch.ts';
import { WindowRecord } from './window-record.ts';

const SPAN = { from: 0, to: 60_000 };

function measured(): WindowRecord {
  const record = new WindowRecord();
  record.minutes = 2;
  record.slotMs = 1_000;
  record.busyMs = 250;
  record.stalled = 1;
  const tally = record.tally('make');
  Object.assign(tally, { started: 12, completed: 8, retried: 3, dead: 2, payloadBytes: 600 });
  tally.run.add(100, 8);
  return record;
}

function derived(
  completed: number | null,
  dead: number | null,
): NonNullable<WindowRecord['derived']> {
  const run = new Sketch();
  run.add(500, completed ?? 0);
  return { completed, dead, wait: new Sketch(), run };
}

const of = (record: WindowRecord | undefined, jobName?: string): Figures =>
  toFigures({ ...SPAN, record, jobName });

test('nothing known is null in every figure', () => {
  for (const record of [undefined, new WindowRecord()])
    expect(of(record)).toEqual({
      ...SPAN,
      ...{ counts: null, throughputPerMinute: null, arrivalsPerMinute: null, utilisation: null },
      ...{ payloadBytes: null, wait: null, run: null, source: 'absent' },
    });
});

test('a producer alone does not know what became of its jobs', () => {
  const record = new WindowRecord();
  record.minutes = 1;
  record.tally('make').added = 50;
  expect(of(record)).toMatchObject({ source: 'absent', counts: null });
});

test('failed attempts are those retried and those that were the last', () => {
  const figures = of(measured());
  expect(figures.counts).toEqual({
    ...{ completed: 8, failed: 5, retried: 3, stalled: 1, timedOut: 0, cancelled: 0, dead: 2 },
  });
  expect(figures).toMatchObject({ throughputPerMinute: 5, utilisation: 0.25, payloadBytes: 600 });
  expect(figures).toMatchObject({ source: 'measured', wait: null });
  expect(figures.run).toMatchObject({ count: 8, meanMs: 100, maxMs: 100 });
});

test('what comes on top of what was measured makes it derived, and unknowns stay unknown', () => {
  const record = measured();
  record.derived = derived(12, 0);
  expect(of(record)).toMatchObject({ source: 'derived', throughputPerMinute: 11 });
  expect(of(record).counts).toMatchObject({ completed: 20, retried: 3 });
  expect(of(record).run?.count).toBe(20);
  const bare = new WindowRecord();
  bare.minutes = 1;
  bare.derived = derived(null, 4);
  expect(of(bare)).toMatchObject({ source: 'derived', throughputPerMinute: null });
  expect(of(bare).counts).toEqual({
    ...{ completed: null, failed: null, retried: null, stalled: null },
    ...{ timedOut: null, cancelled: null, dead: 4 },
  });
});

test('by name, what BullMQ does not tell is null, and a name that never ran has run 0 times', () => {
  const record = measured();
  expect(of(record, 'make').counts).toMatchObject({ completed: 8, stalled: null });
  expect(of(record, 'send').counts).toMatchObject({ completed: 0 });
  record.tally(OTHER);
  expect(of(record, 'send')).toMatchObject({ source: 'absent', counts: null });
});

const NOW = 29_400_000 * 60_000;
it.each([
  ['minute', NOW - 120_000, NOW, { first: 29_399_998, last: 29_399_999, clamped: false }],
  ['minute', NOW - 90_000, NOW - 30_000, { first: 29_399_998, last: 29_399_999, clamped: false }],
  ['minute', 0, NOW, { first: 29_400_000 - 1_440, last: 29_399_999, clamped: true }],
  ['hour', 0, NOW + 1, { first: 490_000 - 2_160, last: 490_000, clamped: true }],
  [
    'minute',
    NOW,
    NOW - 1e9,
    { first: 29_400_000 - 1_440, last: 29_400_000 - 1_440, clamped: true },
  ],
  ['minute', NOW + 1e9, NOW + 2e9, { first: 29_400_000, last: 29_400_000, clamped: true }],
  ['minute', Number.NaN, Number.POSITIVE_INFINITY, { first: 29_400_000 - 1_440, last: 29_400_000 }],
] as const)('a range of %s from %d to %d is cut to what is kept', (step, from, to, expected) => {
  expect(clampRange({ step, from, to }, NOW)).toMatchObject(expected);
});
