import { expect, test } from 'vitest';
import { isExcessive, reportConnections } from './connection-watch.ts';

const count = (total: number, processes: number) => ({
  byRole: { command: processes, wait: 0, events: 0, bulk: 0 },
  total,
  processes,
});

test('four sockets per process are expected and no more', () => {
  expect(isExcessive(reportConnections(count(8, 2), 10_000))).toBe(false);
  expect(isExcessive(reportConnections(count(9, 2), 10_000))).toBe(true);
});

test('using most of what the server allows is too much', () => {
  expect(isExcessive(reportConnections(count(81, 27), 100))).toBe(true);
  expect(reportConnections(count(25, 10), 100).share).toBe(0.25);
});

test('an unknown limit is unknown', () => {
  expect(reportConnections(count(3, 1), null)).toMatchObject({ maxClients: null, share: null });
});
