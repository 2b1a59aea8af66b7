import { expect, test } from 'vitest';
import { parseClientList, socketName } from '../redis/client-list.ts';
import { countCoordinators } from './count-coordinators.ts';

const OWN = { app: 'shop', host: 'web-1', pid: 42 };

interface Socket {
  readonly role?: 'command' | 'wait' | 'events';
  readonly host?: string;
  readonly pid?: number;
  readonly app?: string;
  readonly age?: number;
  readonly idle?: number;
  readonly addr?: string;
  readonly db?: number;
  readonly user?: string;
}

function count(...sockets: readonly Socket[]): number | null {
  const lines = sockets.map((socket) => {
    const { role, app, host, pid, ...fields } = {
      ...{ role: 'command' as const, ...OWN, age: 600, idle: 3, addr: '203.0.113.1:5000' },
      ...{ db: 0, user: 'default', ...socket },
    };
    const shown = Object.entries({ name: socketName(app, role, host, pid), ...fields });
    return shown.map(([field, value]) => `${field}=${value}`).join(' ');
  });
  return countCoordinators(parseClientList(lines.join('\n')), OWN);
}

test('a coordinator with all its sockets is one', () => {
  expect(count({}, { role: 'wait' }, { role: 'events' })).toBe(1);
  expect(count({ age: 0, idle: 0 })).toBe(1);
  expect(count()).toBe(0);
});

test('two command sockets of one process that are both heard of are two coordinators', () => {
  expect(count({}, { addr: '203.0.113.1:5001', age: 60, idle: 0 }, { role: 'wait' })).toBe(2);
  expect(count({}, {}, { idle: 15 })).toBe(3);
});

test.each<[string, Socket]>([
  ['another process', { pid: 43 }],
  ['another host', { host: 'web-2' }],
  ['another application', { app: 'shop-admin' }],
  ['a container that is called the same', { addr: '203.0.113.2:5000' }],
  ['another database, which cannot share the socket', { db: 1 }],
  ['another user, who cannot either', { user: 'viewer' }],
])('a socket of %s is not counted', (_whose, socket) => {
  expect(count({}, socket)).toBe(1);
});

test('a socket that the server has not noticed as dead is no coordinator, at no time after a reconnect', () => {
  // It pinged last a second before the new one was made.
  for (let age = 0; age <= 900; age += 1)
    expect(count({ age: 900, idle: age + 1 }, { age, idle: 0 })).not.toBe(2);
  expect(count({ age: 900, idle: 61 }, { age: 60, idle: 0 })).toBe(1);
});

test('dead sockets of a connection that comes and goes are none either', () => {
  for (let age = 0; age <= 120; age += 1)
    expect(
      count({ age: age + 9, idle: age + 3 }, { age: age + 2, idle: age }, { age, idle: 0 }) ?? 1,
    ).toBe(1);
});

test('shortly after a reconnect it cannot be told', () => {
  expect(count({}, { age: 19, idle: 0 })).toBeNull();
  expect(count({}, { age: 20, idle: 0 })).toBe(2);
  // Of another group it can, but the whole cannot.
  expect(count({ db: 1 }, {}, { age: 3, idle: 0 })).toBeNull();
});
