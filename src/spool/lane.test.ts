import { expect, test } from 'vitest';
import { Lane } from './lane.ts';
import type { Segment } from './segment.ts';

const place = { segment: {} as Segment, offset: 0, bytes: 0 };
const create = (): Lane => new Lane('stream:orders', 'orders');
const sendable = (lane: Lane): number[] => lane.oldest(10).map(({ first }) => first);

test('numbers go on behind an add of several jobs', () => {
  const lane = create();
  expect([lane.begin(1), lane.begin(3), lane.begin(1)]).toEqual([1, 2, 5]);
});

test('nothing is sent from the disk while an older add is under way', () => {
  const lane = create();
  const [slow, quick] = [lane.begin(1), lane.begin(1)];
  lane.add({ first: quick, count: 1, place });
  lane.end(quick);
  expect(sendable(lane)).toEqual([]);
  lane.add({ first: slow, count: 1, place });
  lane.end(slow);
  expect(sendable(lane)).toEqual([slow, quick]);
});

test('adds that begin all the time do not keep older ones from being sent', () => {
  const lane = create();
  const first = lane.begin(1);
  lane.add({ first, count: 1, place });
  lane.begin(1);
  lane.end(first);
  lane.begin(1);
  expect(sendable(lane)).toEqual([first]);
});

test('it is empty only when nothing lies on the disk or is on its way there', async () => {
  const lane = create();
  const first = lane.begin(1);
  const storing = lane.storing(async () => lane.add({ first, count: 1, place }));
  expect(lane.isEmpty).toBe(false);
  await storing;
  expect(lane.isEmpty).toBe(false);
  lane.end(first);
  lane.drop(1);
  expect(lane.isEmpty).toBe(true);
});

test('adds are written in the order in which they were made, however long each needs', async () => {
  const lane = create();
  const written: string[] = [];
  let finishBatch: () => void = () => {};
  const batch = lane.inTurn(async (done) => {
    await new Promise<void>((resolve) => {
      finishBatch = resolve;
    });
    written.push('batch');
    done();
  });
  const single = lane.inTurn(async (done) => {
    written.push('single');
    done();
  });
  finishBatch();
  await Promise.all([batch, single]);
  expect(written).toEqual(['batch', 'single']);
});

test('a number that was not used is given back, unless a later one has been taken', () => {
  const lane = create();
  const first = lane.begin(2);
  lane.end(first);
  lane.giveBack(first, 2);
  expect(lane.begin(1)).toBe(first);
  lane.begin(1);
  lane.giveBack(first, 1);
  expect(lane.begin(1)).toBe(first + 2);
});
