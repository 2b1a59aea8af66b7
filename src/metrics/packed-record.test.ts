import { expect, it, test } from 'vitest';
import { decodeRecord, encodeRecord, RECORD_VERSION } from './figures-codec.ts';
import { packHour, packRecord, unpackRecord } from './packed-record.ts';
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

test('a record that is damaged anywhere is read as something or not at all, and never throws', () => {
  const packed = packRecord(recordOf(60, ['a', 'b']));
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
});

test('an hour is collapsed to its budget, and says by how much it is off', () => {
  const record = recordOf(3_600);
  const exact = record.total;
  const packed = packHour(record);
  expect(packed.length).toBeLessThanOrEqual(264);
  const { wait, run } = unpackRecord(packed)!.tally('render');
  for (const [sketch, before] of [
    [wait, exact.wait],
    [run, exact.run],
  ] as const) {
    expect(sketch.errorRatio).toBeGreaterThan(0.01);
    expect(sketch.errorRatio).toBeLessThan(0.1);
    expect(sketch.count).toBe(before.count);
    expect(sketch.max).toBeCloseTo(before.max, 2);
    const [told, was] = [sketch.quantile(0.99)!, before.quantile(0.99)!];
    expect(Math.abs(told - was) / was).toBeLessThan(sketch.errorRatio + 0.011);
  }
});

test('an hour that fits is left as it is', () => {
  const record = recordOf(40);
  packHour(record);
  expect(record.tally('render').wait.errorRatio).toBe(new Sketch().errorRatio);
});

test('a queue with many job names still ends up with a record', () => {
  const names = Array.from({ length: 20 }, (_, i) => `name-${i}`);
  const packed = packHour(recordOf(50_000, names));
  expect(unpackRecord(packed)?.names.size).toBe(20);
});
