import { describe, expect, it } from 'vitest';
import { paceOf } from './pace.ts';

const kindOf = (startMs: number, waitP95Ms: number) => paceOf({ startMs, waitP95Ms }).kind;

describe('the pace of a pool', () => {
  it('tells free starts, those that come in time and those that come too late', () => {
    expect(kindOf(100, 5_000)).toBe('free');
    expect(kindOf(3_000, 5_000)).toBe('timely');
    expect(kindOf(30_000, 5_000)).toBe('late');
    expect(kindOf(30_000, 60_000)).toBe('timely');
    expect(kindOf(100, 1_000)).toBe('timely');
    expect(kindOf(0, 5_000)).toBe('free');
  });

  it('holds longer the longer a start takes', () => {
    expect(paceOf({ startMs: 30_000, waitP95Ms: 5_000 }).holdSeconds).toBe(16);
    expect(paceOf({ startMs: 0, waitP95Ms: 5_000 }).holdSeconds).toBe(1);
  });
});
