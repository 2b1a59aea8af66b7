/** The table of ages in the guide is the table of ages in the code. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AGES_MS, MOST_EVENT_BYTES, MOST_KEPT } from '../../src/config/ages.ts';

const guide = readFileSync(new URL('../../docs/guides/retention.md', import.meta.url), 'utf8');
const UNITS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, days: 86_400_000 };

test('the guide to retention names every age as the code has it', () => {
  const rows = [...guide.matchAll(/^\| `(\w+)` \| (\d+) (min|h|days)\b/gm)];
  expect(
    Object.fromEntries(rows.map(([, name, n, unit]) => [name, Number(n) * UNITS[unit!]!])),
  ).toEqual(AGES_MS);
});

test('and every number', () => {
  for (const name of ['completedJobs', 'failedJobs', 'deadLetters'] as const)
    expect(guide).toMatch(
      new RegExp(`^\\| \`${name}\` \\|.* at most ${MOST_KEPT[name].toLocaleString('en')}\\b`, 'm'),
    );
  expect(guide).toContain(`its bytes (${MOST_EVENT_BYTES / 1_048_576} MB)`);
});
