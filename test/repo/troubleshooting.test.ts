/** Every entry of the troubleshooting page ends in a command that exists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './sources.ts';

const NOUNS =
  'queue job scheduler worker pool dead-letter group bulk redis token audit status health serve top doctor completion'.split(
    ' ',
  );

test('every entry of the troubleshooting page ends in a command of the command line', () => {
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
  const entries = page.split(/^## /m).slice(1);
  expect(entries.length).toBeGreaterThan(12);
  const without = entries.filter((entry) => {
    const noun = /```\nnpx drover ([\w-]+)[^\n]*\n```\s*$/.exec(entry)?.[1];
    return noun === undefined || !NOUNS.includes(noun);
  });
  expect(without.map((entry) => entry.split('\n')[0])).toEqual([]);
});
