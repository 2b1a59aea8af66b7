import { expect, it, test } from 'vitest';
import { decodeRecord, encodeRecord, RECORD_VERSION } from './figures-codec.ts';
import { packRecord, packSettled, unpackRecord } from './packed-record.ts';
import { createRandom, draws } from './random-durations.ts';
import { Sketch } from './sketch.ts';
import { WindowRecord } from './window-record.ts';

const random = createRandom(3);
const { lognormal, pareto } = draws(random);

function recordOf(jobs: number, names: readonly string[] = ['render']): WindowRecord {
  const record = new WindowRecord();
  record.minutes = 1;
  record.slotMs = 240_000;
  record.busyMs = 61_234;
  record.stalled = 2;
  for (let i = 0; i < jobs; i += 1) {
    const tally = record.tally(names[i % names.length]!);
    tally.completed += 1;
    tally.started += 1;
    tally.payloadBytes += 1_500;
    tally.wait.add(lognormal!());
    tally.run.add(pareto!());
  }
  return record;
}

/** Durations are kept to the µs: compare what was stored once with what is stored again. */
const stored = (record: WindowRecord): WindowRecord => decodeRecord(encodeRecord(record));

it.each([0, 1, 60, 5_000])('a record of %i jobs is the same when it is read again', (jobs) => {
  const record = recordOf(jobs, ['render', 'größe', '']);
  record.arrivals = 77;
  record.arrivalMinutes = 1;
  const again = unpackRecord(packRecord(record))!;
  expect(encodeRecord(again)).toEqual(encodeRecord(stored(record)));
  expect(again.total.completed).toBe(jobs);
  expect(again.total.wait.quantile(0.95) ?? 0).toBeCloseTo(
    record.total.wait.quantile(0.95) ?? 0,
    2,
  );
  expect([...again.names.keys()]).toEqual([...record.names.keys()]);
});

it.each([
  [12, 3],
  [null, 3],
  [12, null],
])('what was derived is the same again, known or not: %s, %s', (completed, dead) => {
  const record = new WindowRecord();
  record.derived = { completed, dead, wait: new Sketch(), run: new Sketch() };
  record.derived.wait.add(12.5, 40);
  const { derived } = unpackRecord(packRecord(record))!;
  expect(derived).toMatchObject({ completed, dead });
  expect(derived!.wait.parts).toEqual(record.derived.wait.parts);
});

test('counts beyond what 32 bits hold survive', () => {
  const record = new WindowRecord();
  record.tally('x').payloadBytes = 2 ** 52 + 1;
  expect(unpackRecord(packRecord(record))?.tally('x').payloadBytes).toBe(2 ** 52 + 1);
});

test('a record of another version is not read', () => {
  const packed = packRecord(recordOf(10));
  packed[0] = RECORD_VERSION + 1;
  expect(unpackRecord(packed)).toBeUndefined();
  expect(unpackRecord(Buffer.alloc(0))).toBeUndefined();
});

it.each([packRecord, packSettled])(
  'a record that is damaged anywhere is read as something or not at all: %o',
  (packOf) => {
    const packed = packOf(recordOf(600, ['a', 'b']));
    const read = [...packed.keys()].flatMap((at) =>
      [1, 0x80, 0xff].map((flip) => {
        const damaged = Buffer.from(packed);
        damaged[at]! ^= flip;
        return unpackRecord(damaged);
      }),
    );
    for (let length = 0; length < packed.length; length += 1)
      read.push(unpackRecord(packed.subarray(0, length)));
    expect(read.filter((record) => record === undefined).length).toBeGreaterThan(packed.length);
  },
);

test('a settled record takes little, however many jobs are in it, and keeps its percentiles', () => {
  const record = recordOf(200_000);
  expect(packRecord(record).length).toBeGreaterThan(700);
  const packed = packSettled(record);
  expect(packed.length).toBeLessThan(260);
  const settled = unpackRecord(packed)!;
  expect(settled.total).toMatchObject({ completed: 200_000, payloadBytes: 300_000_000 });
  const [told, was] = [settled.tally('render').wait, record.tally('render').wait];
  expect([told.count, told.max]).toEqual([200_000, Math.round(was.max * 1_000) / 1_000]);
  for (const q of [0.01, 0.5, 0.95, 0.99, 0.999])
    expect(told.quantile(q)).toBeCloseTo(was.quantile(q)!, 6);
  expect(packSettled(settled)).toEqual(packed);
});

test('a record with few jobs is settled as it is', () => {
  const record = recordOf(40);
  expect(unpackRecord(packSettled(record))!.tally('render').run.fineness).toBeUndefined();
  expect(packSettled(record)).toEqual(packRecord(record));
});

test('waits of nothing at all survive settling', () => {
  const record = new WindowRecord();
  for (let i = 0; i < 1_000; i += 1) record.tally('x').wait.add(i % 4 === 0 ? i : 0);
  const { wait } = unpackRecord(packSettled(record))!.tally('x');
  expect([wait.quantile(0.5), wait.quantile(0.75), wait.count]).toEqual([0, 0, 1_000]);
  expect(Math.abs(wait.quantile(0.95)! - 796)).toBeLessThan(9);
});

test('a queue with many job names is settled in larger steps', () => {
  const names = Array.from({ length: 20 }, (_, i) => `name-${i}`);
  const record = recordOf(50_000, names);
  const packed = packSettled(record);
  expect(packed.length).toBeLessThan(packRecord(record).length / 2);
  expect(unpackRecord(packed)!.tally('name-7').run.fineness).toBe('coarse');
});
