import { expect, test } from 'vitest';
import {
  formatDuration,
  formatSize,
  formatTime,
  parseDuration,
  parseJsonTime,
  parseSize,
  utcStamp,
} from './units.ts';

test('durations and sizes are read with their unit', () => {
  expect(parseDuration('30s')).toBe(30_000);
  expect(parseDuration('1.5h')).toBe(5_400_000);
  expect(parseDuration('7d')).toBe(604_800_000);
  expect(parseDuration(250)).toBe(250);
  expect(parseSize('64kb')).toBe(65_536);
});

test('what has no unit, or an unknown one, is no duration', () => {
  for (const text of ['30', 'soon', '10 weeks', '', '-5s'])
    expect(parseDuration(text)).toBeUndefined();
  expect(parseDuration(Number.NaN)).toBeUndefined();
  expect(parseDuration(-1)).toBeUndefined();
  expect(parseSize('1tb')).toBeUndefined();
});

test('durations are written as people say them', () => {
  expect(formatDuration(950)).toBe('950ms');
  expect(formatDuration(40_000)).toBe('40s');
  expect(formatDuration(125_000)).toBe('2m 5s');
  expect(formatDuration(5_400_000)).toBe('1h 30m');
});

test('sizes are written as people say them', () => {
  expect([0, 950, 1_024, 70_211, 3 * 1_024 ** 3].map(formatSize)).toEqual([
    ...['0 B', '950 B', '1 KB', '69 KB', '3 GB'],
  ]);
});

test('times are written in UTC, and what is none is not', () => {
  expect(formatTime(Date.UTC(2026, 2, 1, 14, 5, 59))).toBe('2026-03-01 14:05 UTC');
  for (const none of [Number.NaN, 1e99]) expect(formatTime(none)).toBeUndefined();
});

test('times are read as JSON has them, and in no other form', () => {
  expect(parseJsonTime('2026-03-01T14:05:59.001Z')).toEqual(new Date(1_772_373_959_001));
  expect(parseJsonTime(null)?.getTime()).toBeNaN();
  for (const text of ['', '2026-03-01', '1', 'tomorrow'])
    expect(parseJsonTime(text)).toBeUndefined();
});

test('a stamp has the time in UTC to the second', () => {
  expect(utcStamp(1_772_373_959_001)).toBe('20260301T140559Z');
});
