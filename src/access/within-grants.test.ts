import { expect, test } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { FLEET_WIDE, PERMISSIONS, type Permission, type Role } from './permissions.ts';
import type { Grant } from './principal.ts';
import { allows, matchesPattern } from './roles.ts';
import { excessOf } from './within-grants.ts';

test('an admin may give anything, nobody may give nothing but nothing', () => {
  expect(excessOf([{ may: ['admin'] }], [{ may: ['admin'] }])).toBeUndefined();
  expect(excessOf([], [])).toBeUndefined();
  expect(excessOf([{ may: ['viewer'] }], [])).toEqual({ permission: 'queues.read', queues: '*' });
});

test('more permissions, more queues or all queues are too much', () => {
  const own: Grant[] = [{ may: ['operator', 'tokens.manage'], queues: ['a*', 'mails'] }];
  expect(
    excessOf([{ may: ['viewer'], queues: ['a', 'ab*', 'a*z', 'mails'] }], own),
  ).toBeUndefined();
  expect(excessOf([{ may: ['jobs.retry'] }], own)).toEqual({
    permission: 'jobs.retry',
    queues: '*',
  });
  expect(excessOf([{ may: ['jobs.retry'], queues: ['mails', '*a'] }], own)).toMatchObject({
    queues: '*a',
  });
  expect(excessOf([{ may: ['jobs.retry'], queues: ['mail*'] }], own)).toMatchObject({
    queues: 'mail*',
  });
  expect(excessOf([{ may: ['data.read'], queues: ['a'] }], own)).toMatchObject({
    permission: 'data.read',
  });
  expect(excessOf([{ may: ['tokens.manage'], queues: ['b'] }], own)).toBeUndefined();
  expect(excessOf([{ may: ['audit.read'], queues: ['a'] }], own)).toEqual({
    permission: 'audit.read',
    queues: null,
  });
});

test('whatever is handed on allows nothing that its giver may not do', () => {
  const random = createSeededRandom(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const names = [...Object.keys(PERMISSIONS), 'viewer', 'operator', 'admin'] as (
    | Role
    | Permission
  )[];
  const text = (letters: string): string =>
    Array.from({ length: Math.floor(random() * 5) }, () => pick([...letters])).join('');
  const grant = (): Grant => ({
    may: Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(names)),
    ...(random() < 0.8 && {
      queues: Array.from({ length: Math.floor(random() * 3) }, () => text('ab**')),
    }),
  });
  const grants = (): Grant[] => Array.from({ length: Math.floor(random() * 3) }, grant);
  let handedOn = 0;
  for (let i = 0; i < 4_000; i += 1) {
    const [own, wanted] = [grants(), random() < 0.3 ? [grant()] : grants()];
    if (excessOf(wanted, own)) continue;
    handedOn += 1;
    for (const permission of Object.keys(PERMISSIONS) as Permission[])
      for (const queue of [null, '', 'a', 'b', text('ab'), text('ab'), text('ab')])
        if (allows({ grants: wanted }, permission, queue))
          expect(
            allows({ grants: own }, permission, queue),
            JSON.stringify({ own, wanted, permission, queue }),
          ).toBe(true);
  }
  expect(handedOn).toBeGreaterThan(500);
});

test('a pattern that is held covers every label that the narrower one matches', () => {
  const random = createSeededRandom(11);
  const text = (letters: string): string =>
    Array.from(
      { length: Math.floor(random() * 6) },
      () => letters[Math.floor(random() * letters.length)],
    ).join('');
  for (let i = 0; i < 3_000; i += 1) {
    const [wide, narrow, label] = [text('ab*'), text('ab*'), text('ab')];
    if (matchesPattern(wide, narrow) && matchesPattern(narrow, label))
      expect(matchesPattern(wide, label), `${wide} ⊇ ${narrow} ∋ ${label}`).toBe(true);
  }
});

test('fleet-wide permissions are about no queue', () => {
  for (const permission of FLEET_WIDE)
    expect(
      excessOf([{ may: [permission] }], [{ may: [permission], queues: ['a'] }]),
    ).toBeUndefined();
});
