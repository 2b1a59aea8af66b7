/** Of a slow command the script and the queue are told, and nothing that may be data of a job. */
import { expect, test } from 'vitest';
import { type Known, type SlowLogEntry, toSlowCommand } from './read-slow-log.ts';

const sha = 'a'.repeat(40);
const known: Known = {
  scripts: [
    { name: 'moveToActive', sha, lua: '--[[ moves ]] return 1' },
    { name: 'addStandardJob', sha: 'b'.repeat(40), lua: '--[[ adds ]] return 2' },
    { name: 'addDelayedJob', sha: 'c'.repeat(40), lua: '--[[ adds ]] return 3' },
  ],
  prefixes: new Map([
    ['mail', 'bull:mail:'],
    ['shop:eu:mail', 'shop:eu:mail:'],
  ]),
  own: 'coordinator',
};

const entry = (...args: string[]): SlowLogEntry => [
  1,
  1_700_000_000,
  12_000,
  args,
  '1.2.3.4:5',
  '',
];

test.each<[string[], object]>([
  [
    ['evalsha', sha, '1', 'bull:mail:wait', 'secret'],
    { command: 'EVALSHA', script: 'moveToActive', queue: 'mail', client: '1.2.3.4:5' },
  ],
  [
    ['EVAL', '--[[ moves ]]... (900 more bytes)', '1', 'shop:eu:mail:wait', 'secret'],
    { command: 'EVAL', script: 'moveToActive', queue: 'shop:eu:mail' },
  ],
  [['eval', '--[[ adds ]]', '0'], { script: null, queue: null }],
  [
    ['HSET', 'bull:mail:12', 'data', '{"secret":1}'],
    { command: 'HSET bull:mail:12', script: null, queue: 'mail' },
  ],
  [['zrange', 'bull:other:delayed', '0', '-1'], { queue: 'other' }],
  [['get', 'coordinator:data'], { command: 'GET coordinator:data', queue: null }],
  [['hgetall', 'session:secret:meta'], { command: 'HGETALL', queue: null }],
  [['get', 'session:secret'], { command: 'GET', queue: null }],
  [['config', 'set', 'requirepass', 'secret'], { command: 'CONFIG SET' }],
  [['auth', 'secret'], { command: 'AUTH' }],
  [['evalsha', sha, '1e99', 'secret'], { script: 'moveToActive', queue: null }],
  [[], { command: '', script: null, queue: null }],
])('%j', (args, expected) => {
  const shown = toSlowCommand(entry(...args), known);
  expect(shown).toMatchObject(expected);
  expect(JSON.stringify(shown)).not.toContain('secret');
  expect(shown).toMatchObject({ at: 1_700_000_000_000, tookMicroseconds: 12_000 });
});
