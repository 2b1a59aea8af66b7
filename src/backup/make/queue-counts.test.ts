/** What two counts say of a snapshot between them. */
import { describe, expect, it } from 'vitest';
import type { StateCounts } from '../manifest.ts';
import type { StreamPlace } from './backup-info.ts';
import { countedOf, type QueueCounts } from './queue-counts.ts';

const NONE: StateCounts = {
  ...{ waiting: 0, paused: 0, active: 0, delayed: 0, prioritized: 0 },
  ...{ waitingChildren: 0, completed: 0, failed: 0 },
};
const AT = { streamId: 'stream', offset: 7 };
const at = (offset: number, id = 'stream'): StreamPlace => ({ id, offset, isCounted: true });

function counted(
  waiting: number,
  place: StreamPlace | null,
  refusal: string | null = null,
): QueueCounts {
  return {
    queues: new Map([['mail', { ...NONE, waiting }]]),
    keys: { keys: 10 + waiting, expiring: 2 },
    ...{ place, refusal },
  };
}

describe('counts around a snapshot', () => {
  it.each([
    ['the one before', counted(1, at(7)), counted(5, at(9)), 1],
    ['the one after', counted(1, at(3)), counted(5, at(7)), 5],
  ])('are exact when %s was made at its place', (_, before, after, waiting) => {
    const { isExact, queues, keys } = countedOf(before, after, AT);
    expect([isExact, queues.mail!.least, queues.mail!.most]).toEqual([
      true,
      { ...NONE, waiting },
      { ...NONE, waiting },
    ]);
    expect(keys).toEqual({ least: 8 + waiting, most: 10 + waiting });
  });

  it.each([
    ['neither was', counted(5, at(3)), counted(1, at(9))],
    ['the stream is another one', counted(5, at(7, 'other')), counted(1, at(7, 'other'))],
    ['the stream moved, or is not counted', counted(5, null), counted(1, null)],
  ])('are a range when %s', (_, before, after) => {
    expect(countedOf(before, after, AT)).toEqual({
      isExact: false,
      keys: { least: 9, most: 15 },
      queues: { mail: { least: { ...NONE, waiting: 1 }, most: { ...NONE, waiting: 5 } } },
    });
  });

  it('know a queue that came between', () => {
    const before = { ...counted(1, null), queues: new Map() };
    expect(countedOf(before, counted(3, null), AT).queues.mail).toEqual({
      least: NONE,
      most: { ...NONE, waiting: 3 },
    });
  });

  it('are never exact when something could not be counted', () => {
    const one = counted(1, at(7), 'NOPERM');
    expect(countedOf(one, one, AT).isExact).toBe(false);
  });
});
