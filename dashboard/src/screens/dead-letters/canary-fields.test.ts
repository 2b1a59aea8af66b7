import { expect, test } from 'vitest';
import { judgeCanary } from '../../../../src/dead-letters/bulk-action.ts';
import { toCanary, USUAL_CANARY } from './canary-fields.tsx';

test('as many as are tolerated may die again, and not one more', () => {
  for (let count = 2; count <= 1_000; count += 7)
    for (const tolerated of [0, 1, Math.floor(count / 3), count - 1]) {
      const wish = { isWanted: true, count: `${count}`, seconds: '60', tolerated: `${tolerated}` };
      const canary = toCanary(wish) as { count: number; tolerated: number };
      const judge = (died: number) =>
        judgeCanary({ ...canary, waitMs: 1 }, { well: count - died, died, open: 0 }, false);
      expect(canary.tolerated).toBeLessThan(1);
      expect(judge(tolerated), `${tolerated} of ${count}`).toBe('go');
      expect(judge(tolerated + 1)).toHaveProperty('reason');
    }
});

test('numbers that make no sense are none', () => {
  const wish = { ...USUAL_CANARY, isWanted: true };
  expect(toCanary(USUAL_CANARY)).toBe('none');
  expect(toCanary({ ...wish, tolerated: '5' })).toBeNull();
  expect(toCanary({ ...wish, count: '0' })).toBeNull();
  expect(toCanary({ ...wish, seconds: '1.5' })).toBeNull();
});
