/** What of a dead letter may be seen: with and without the right to read data, packed and plain. */
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { CoordinatorError } from '../errors.ts';
import { createKeys } from '../keys.ts';
import { toRedactionPaths } from '../payloads/redaction-path.ts';
import { Redactor } from '../payloads/redactor.ts';
import { type DeadLetter, parseDeadLetter } from './dead-letter.ts';
import { LetterShower } from './letter-shower.ts';

const plain = '{"pin":"74916","photo":"a.jpg","id":12345678901234567890}';
const paths = toRedactionPaths(['pin']);
const redactor = new Redactor({
  keys: createKeys('coordinator'),
  redis: () => Promise.reject(new Error('away')),
  declared: () => new Map(),
});
const shower = new LetterShower({
  redactor,
  payloads: {
    async open(_, stored) {
      if (stored === 'damaged') throw new Error('it is damaged');
      if (stored === 'away') throw new CoordinatorError('BODY_STORE_UNAVAILABLE', 'it is away');
      return stored === 'encrypted' || stored === 'packed' ? plain : stored;
    },
    isEncrypted: (stored) => stored === 'encrypted' || stored === 'damaged',
  },
});

const letterWith = (data: string): DeadLetter =>
  parseDeadLetter('q', '1', {
    failedAt: '1',
    failureReason: 'pin 74916 is wrong',
    message: 'pin 74916 is wrong',
    stack: 'Error: pin 74916 is wrong\n at a.js:1:1',
    history: JSON.stringify([{ attempt: 1, reason: 'pin 74916 is wrong' }]),
    originalJob: JSON.stringify({ name: 'n', data, opts: '{}', timestamp: '1' }),
  })!;
const shown = (data: string, mayReadData = false): Promise<DeadLetter> =>
  shower.show(letterWith(data), { mayReadData }, paths);

test.each(['packed', plain])(
  '%s data has its secrets hidden, and its numbers stay',
  async (stored) => {
    const letter = await shown(stored);
    expect(JSON.stringify(letter)).not.toContain('74916');
    expect(letter.originalJob!.data).toMatch(
      /^\{"pin":"<hidden local-\w{8}>","photo":"a.jpg","id":12345678901234567890\}$/,
    );
  },
);

test('encrypted data is not shown at all, and what it holds is hidden in the reason', async () => {
  const letter = await shown('encrypted');
  expect(letter.originalJob!.data).toBe('"<encrypted>"');
  expect(JSON.stringify(letter)).not.toMatch(/74916|a\.jpg/);
});

test.each(['packed', 'encrypted', plain])(
  '%s data is shown as it was added to whoever may',
  async (stored) => {
    const letter = await shown(stored, true);
    expect(letter).toEqual(letterWith(plain));
  },
);

test('data that cannot be opened is shown as it is stored to whoever may, and as encrypted to others', async () => {
  expect((await shown('damaged', true)).originalJob!.data).toBe('damaged');
  expect((await shown('damaged')).originalJob!.data).toBe('"<encrypted>"');
});

test.each(['damaged', 'away', '', 'no JSON'])(
  'while data cannot be read (%j) the texts of the failure are hidden as a whole',
  async (stored) => {
    const letter = await shown(stored);
    expect(letter).toMatchObject({
      ...{ failureReason: '<hidden>', message: '<hidden>', stack: '<hidden>' },
      history: [{ reason: '<hidden>' }],
    });
  },
);

test('without the original job the texts are hidden as well, but not from whoever may, nor without secrets', async () => {
  const letter: DeadLetter = { ...letterWith(plain), originalJob: undefined };
  expect(JSON.stringify(await shower.show(letter, {}, paths))).not.toContain('74916');
  expect(await shower.show(letter, { mayReadData: true }, paths)).toEqual(letter);
  expect(await shower.show(letter, {}, [])).toEqual(letter);
});

test('what is recorded is hidden by its data, waits for a store that is away, and is hidden whole when it cannot be read', async () => {
  const declared = new Map([['q', ['pin']]]);
  const redis = { zrange: async () => ['pin'], get: async () => null, set: async () => null };
  const recording = new LetterShower({
    redactor: new Redactor({
      keys: createKeys('coordinator'),
      redis: () => Promise.reject(new Error('away')),
      declared: () => declared,
    }),
    payloads: {
      async open(_, stored) {
        if (stored === 'plain') return plain;
        throw new CoordinatorError(stored as 'BODY_MISSING', 'no');
      },
      isEncrypted: () => false,
    },
  });
  const hider = (await recording.hiderOf('q', redis as unknown as Redis))!;
  expect((await hider('plain'))('pin 74916')).toMatch(/^pin <hidden local-\w{8}>$/);
  expect((await hider('BODY_MISSING'))('pin 74916')).toBe('<hidden>');
  await expect(hider('BODY_STORE_UNAVAILABLE')).rejects.toMatchObject({
    code: 'BODY_STORE_UNAVAILABLE',
  });
});

test('values that a patch writes are hidden where they are secret, wherever its path ends', () => {
  const nested = toRedactionPaths(['user.pin']);
  const hidden = expect.stringMatching(/^<hidden/);
  const patch = [
    { op: 'add', path: '/user/pin', value: '74916' },
    { op: 'add', path: '/user', value: { pin: '74916', name: 'Ann' } },
    { op: 'add', path: '', value: { user: { pin: '74916' } } },
    { op: 'test', path: '/user/pin/0', value: '7' },
    { op: 'remove', path: '/user/pin' },
    { op: 'add', path: '/photo', value: 'a.jpg' },
  ] as const;
  expect(shower.showPatch(patch, nested)).toEqual([
    { ...patch[0], value: hidden },
    { ...patch[1], value: { pin: hidden, name: 'Ann' } },
    { ...patch[2], value: { user: { pin: hidden } } },
    { ...patch[3], value: hidden },
    patch[4],
    patch[5],
  ]);
});
