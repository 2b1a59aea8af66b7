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

/** Of queues, memory and the reach of a look: their tests stand for themselves. */
const ELSEWHERE = /^(?:MEM|Q)\d|^SCOPE$/;

/** A title that begins with it, a row of a table, or what is looked for. */
const isProvoked = (id: string): boolean =>
  new RegExp(`test\\('[^']*\\b${id}\\b|\\['${id}', \\[|found?\\w*\\([^)]*'${id}'`).test(texts);

test('each check is provoked on a real server, or says why no test does', () => {
  const own = CHECKS.filter(({ id }) => !ELSEWHERE.test(id));
  const wrong = own.filter(({ id, notProvoked }) => isProvoked(id) === (notProvoked !== undefined));
  expect(wrong.map(({ id }) => id)).toEqual([]);
  expect(own.length).toBeGreaterThan(30);
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
