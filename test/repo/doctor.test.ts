/** The catalogue of the doctor: each check is provoked by a test or says why not, and remedies name commands that exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { CHECKS } from '../../src/doctor/checks.ts';

const tests = new URL('../redis/', import.meta.url);
const texts = readdirSync(tests)
  .filter((name) => /^doctor.*\.test\.ts$/.test(name))
  .map((name) => readFileSync(new URL(name, tests), 'utf8'))
  .join('\n');

test('each check is provoked on a real server, or says why no test does', () => {
  const wrong = CHECKS.filter(
    ({ id, notProvoked }) =>
      new RegExp(`['"]${id}['" ]`).test(texts) === (notProvoked !== undefined),
  );
  expect(wrong.map(({ id }) => id)).toEqual([]);
});

test('a remedy that names a command of ours names one that exists', () => {
  const commands = new Set(COMMANDS.map(({ path }) => path.join(' ')));
  const unknown = CHECKS.flatMap(({ id, remedy }) =>
    remedy
      .flatMap((line) => [...line.matchAll(/npx drover ([a-z-]+(?: [a-z-]+)?)/g)])
      .map(([, words]) => words!)
      .filter((words) => !commands.has(words) && !commands.has(words.split(' ')[0]!))
      .map((words) => `${id}: ${words}`),
  );
  expect(unknown).toEqual([]);
});
