import { describe, expect, test } from 'vitest';
import { createFormats, UNKNOWN } from './formats.ts';

const en = createFormats('en');
const de = createFormats('de');

test('what is not known is a dash, and nothing is nothing', () => {
  for (const write of [en.number, en.rate, en.share, en.duration, en.brief, en.bytes, en.time]) {
    expect(write(null)).toBe(UNKNOWN);
    expect(write(Number.NaN)).toBe(UNKNOWN);
  }
  expect([en.number(0), en.share(0), en.duration(0), en.bytes(0)]).toEqual([
    '0',
    '0%',
    '0 ms',
    '0 B',
  ]);
});

test.each([
  [420, '420 ms', '420 ms'],
  [1_240, '1.24 s', '1.24 s'],
  [42_400, '42 s', '42 s'],
  [180_000, '3 min', '3 min'],
  [200_000, '3 min 20 s', '3 min'],
  [7_500_000, '2 h 5 min', '2 h'],
  [356_400_000, '4 d 3 h', '4 d'],
  [-200_000, '-3 min 20 s', '-3 min'],
])('%d ms are %s, or %s', (ms, whole, brief) => {
  expect(en.duration(ms)).toBe(whole);
  expect(en.brief(ms)).toBe(brief);
});

describe('in their language', () => {
  test('numbers', () => {
    expect([en.number(1_234_567), de.number(1_234_567)]).toEqual(['1,234,567', '1.234.567']);
    expect([en.rate(12.345), de.rate(12.345)]).toEqual(['12.3', '12,3']);
    expect([en.share(0.0423), de.share(0.0423)]).toEqual(['4.2%', '4,2\u00a0%']);
    expect([en.bytes(1_468_006), de.bytes(1_468_006)]).toEqual(['1.4 MB', '1,4 MB']);
    expect(en.bytes(1_000)).toBe('0.977 KB');
  });

  test('times, with the year when it is not this one', () => {
    const at = new Date(2_019, 10, 27, 14, 3, 22).getTime();
    expect(en.time(at)).toContain('2019');
    expect(en.time(Date.now())).not.toContain(String(new Date().getFullYear()));
    expect([en.clock(at), en.day(at)]).toEqual(['14:03', 'Nov 27']);
    expect(de.day(at)).toBe('27. Nov.');
    expect(en.fullTime(at)).toContain('Wednesday, November 27, 2019');
  });
});
