import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord, findRecords } from './record.ts';

const texts = ['{"a":1}', '', 'ü'.repeat(1_000), '{"DRV1":"looks like a beginning"}'];
const file = Buffer.concat(texts.map(encodeRecord));

test('what was written is read back, in order', () => {
  const { records, strayBytes } = findRecords(file);
  expect(records.map(({ text }) => text)).toEqual(texts);
  expect(strayBytes).toBe(0);
  for (const { offset, text } of records) expect(decodeRecord(file, offset)?.text).toBe(text);
});

test('a file that ends anywhere in a record gives the whole ones before it', () => {
  for (let end = 0; end < file.length; end += 1) {
    const { records, strayBytes } = findRecords(file.subarray(0, end));
    const whole = records.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(texts.slice(0, records.length)).toEqual(records.map(({ text }) => text));
    expect(whole + strayBytes).toBe(end);
  }
});

test('a damaged byte costs the record it lies in and no other', () => {
  const { records } = findRecords(file);
  for (const [i, { offset, bytes }] of records.entries()) {
    const damaged = Buffer.from(file);
    damaged[offset + bytes - 1]! ^= 0xff;
    const found = findRecords(damaged);
    expect(found.records.map(({ text }) => text)).toEqual(texts.filter((_, at) => at !== i));
    expect(found.strayBytes).toBe(bytes);
  }
});

test('a file of something else holds no record', () => {
  expect(findRecords(Buffer.from('not a spool at all'))).toEqual({ records: [], strayBytes: 18 });
});
