import { expect, test } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { FLEET_WIDE, PERMISSIONS, type Permission, ROLES, type Role } from './permissions.ts';
import type { Grant } from './principal.ts';
import { allows, matchesPattern, permissionsOf } from './roles.ts';

const ALL = Object.keys(PERMISSIONS) as Permission[];
const roles = Object.keys(ROLES) as Role[];

test('no grant allows nothing, and a grant nothing that it does not name', () => {
  for (const permission of ALL)
    for (const queue of ['photos', null, undefined]) {
      expect(allows({ grants: [] }, permission, queue)).toBe(false);
      expect(allows({ grants: [{ may: [] }] }, permission, queue)).toBe(false);
      for (const other of ALL)
        expect(allows({ grants: [{ may: [other] }] }, permission, queue)).toBe(
          other === permission,
        );
      for (const role of roles)
        expect(allows({ grants: [{ may: [role] }] }, permission, queue)).toBe(
          ROLES[role].includes(permission),
        );
    }
});

test('each role has what the one below it has; only an admin sees secrets, destroys, mends, audits and makes tokens', () => {
  expect(ROLES.operator).toEqual(expect.arrayContaining([...ROLES.viewer]));
  expect(ROLES.admin).toEqual(ALL);
  const onlyAdmin = ALL.filter((permission) => !ROLES.operator.includes(permission));
  expect(onlyAdmin).toEqual([
    ...['data.read', 'queues.empty', 'queues.obliterate', 'dead-letters.discard'],
    ...['redis.mend', 'audit.read', 'tokens.manage'],
  ]);
  expect(ROLES.viewer.every((permission) => permission.endsWith('.read'))).toBe(true);
});

test('a grant on some queues allows those, some queue, and not all of them', () => {
  const grants: Grant[] = [{ may: ['jobs.retry'], queues: ['photos', 'eu:*'] }];
  const may = (queue: string | null | undefined): boolean =>
    allows({ grants }, 'jobs.retry', queue);
  expect(['photos', 'eu:photos', 'eu:', undefined].map(may)).toEqual([true, true, true, true]);
  expect(['photo', 'photos2', 'Photos', 'eu', 'us:photos', '', null].map(may)).not.toContain(true);
});

test('grants add up, each with its own queues', () => {
  const grants: Grant[] = [{ may: ['viewer'] }, { may: ['jobs.retry'], queues: ['a'] }];
  expect(allows({ grants }, 'jobs.read', 'b')).toBe(true);
  expect(allows({ grants }, 'jobs.retry', 'b')).toBe(false);
  expect(allows({ grants }, 'jobs.retry', null)).toBe(false);
});

test('a role on some queues allows nothing that is about no queue, unless that is named or the queues are all', () => {
  for (const queues of [[], ['photos'], ['a*', 'b*']])
    for (const permission of FLEET_WIDE)
      for (const queue of ['photos', null, undefined]) {
        const on = (may: Grant['may'], where: string[]): boolean =>
          allows({ grants: [{ may, queues: where }] }, permission, queue);
        expect(on(['admin', 'operator', 'viewer'], queues)).toBe(false);
        expect(on(['viewer', permission], queues)).toBe(true);
        expect(on(['admin'], [...queues, '*'])).toBe(true);
      }
});

test('a grant on no queue allows nothing but what it names that is about none', () => {
  const grants: Grant[] = [
    { may: ['admin'], queues: [] },
    { may: ALL, queues: [] },
  ];
  for (const permission of ALL)
    for (const queue of ['photos', null, undefined]) {
      expect(allows({ grants: grants.slice(0, 1) }, permission, queue)).toBe(false);
      expect(allows({ grants }, permission, queue)).toBe(FLEET_WIDE.includes(permission));
    }
});

test('only the pattern of every queue is a right on all, whatever they are', () => {
  const on = (...queues: string[]): boolean =>
    allows({ grants: [{ may: ['admin'], queues }] }, 'jobs.read', null);
  expect([on('*'), on('a', '*'), on('**')]).toEqual([true, true, true]);
  expect([on('a*'), on('*a', 'a*'), on('')]).not.toContain(true);
});

test('names that only objects have are no roles', () => {
  for (const name of ['__proto__', 'constructor', 'toString'])
    expect(permissionsOf({ may: [name as Role] })).toEqual([name]);
});

test('a pattern matches as a regular expression of the same meaning does', () => {
  const random = createSeededRandom(3);
  const text = (letters: string): string =>
    Array.from(
      { length: Math.floor(random() * 7) },
      () => letters[Math.floor(random() * letters.length)],
    ).join('');
  let matched = 0;
  for (let i = 0; i < 20_000; i += 1) {
    const [pattern, label] = [text('ab.*'), text('ab.:')];
    const regular = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^]*')}$`);
    matched += Number(regular.test(label));
    expect(matchesPattern(pattern, label), `${pattern} on ${label}`).toBe(regular.test(label));
  }
  expect(matched).toBeGreaterThan(500);
});

test('a hostile pattern takes no longer than its length: there is no backtracking', () => {
  const label = 'a'.repeat(20_000);
  expect(matchesPattern(`${'*a'.repeat(5_000)}*b`, label)).toBe(false);
});
