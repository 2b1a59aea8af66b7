/** The catalogue of the doctor: each check is provoked by a test or says why not, and remedies name commands that exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { commandsOf } from '../../src/doctor/acl-roles.ts';
import { CHECKS } from '../../src/doctor/checks.ts';
import { readScriptCommands } from '../../src/doctor/script-commands.ts';
import { readSources } from './sources.ts';

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

/** Sent only for the doctor and operators, who say what they may not; the doctor asks for them first. */
const OF_OPERATORS = ['acl', 'cluster', 'config', 'latency', 'slowlog'];
/** Of every connection, or written as the first part of a name. */
const OF_CONNECTIONS = ['client', 'script', 'monitor'];
/** Sent to a server of our own, or by whoever ends one to restore its data. */
const OF_RESTORING = ['dbsize', 'save', 'shutdown'];

test('the printed roles have every command that the sources send', async () => {
  const scripts = await readScriptCommands();
  if (!scripts.isRead) throw new Error(scripts.reason);
  const known = new Set(new Redis({ lazyConnect: true }).getBuiltinCommands());
  const printed = commandsOf('app', scripts.value).map((name) => name.split('|')[0]!);
  const allowed = new Set([...printed, ...OF_OPERATORS, ...OF_CONNECTIONS]);
  const sent =
    /\bcall\(\s*'(\w+)'|\b(?:redis|client|pipeline|multi)\b\??\s*\.(\w+)\(|=> \['(\w+)'/g;
  const missing = readSources().flatMap(({ path, code }) =>
    [...code.matchAll(sent)]
      .map(([, a, b, c]) => (a ?? b ?? c)!.toLowerCase())
      .filter((name) => known.has(name) && !allowed.has(name))
      .filter((name) => !(path.startsWith('backup/') && OF_RESTORING.includes(name)))
      .map((name) => `${path}: ${name}`),
  );
  expect(missing).toEqual([]);
  expect(printed).toEqual(expect.arrayContaining(['hvals', 'getrange', 'zscan', 'memory', 'wait']));
});
