import { expect, test } from 'vitest';
import type { Announce, CoordinatorEvents } from '../events.ts';
import { socketName } from '../redis/client-list.ts';
import type { Connection } from '../redis/connection.ts';
import { parseServerInfo } from '../redis/server-info.ts';
import { ConnectionWatch, isExcessive, reportConnections } from './connection-watch.ts';

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

const OWN = { app: 'shop', host: 'web-1', pid: 42 };

/** A watch on a server that shows these command sockets of its process, each so many seconds old. */
function watchOf() {
  const told: CoordinatorEvents['connections.repeated'][] = [];
  const announce: Announce = (name, payload) => {
    if (name === 'connections.repeated')
      told.push(payload as CoordinatorEvents['connections.repeated']);
  };
  let text: string | undefined;
  const client = async (): Promise<string> => {
    if (text === undefined) throw new Error('NOPERM');
    return text;
  };
  const command = {
    ...{ isReady: true, serverInfo: parseServerInfo('') },
    raw: async () => ({ client }),
  } as unknown as Connection;
  const watch = new ConnectionWatch({ ...OWN, command, announce });
  const { app, host, pid } = OWN;
  const look = async (ages: readonly number[] | undefined, of = pid): Promise<void> => {
    const name = socketName(app, 'command', host, of);
    text = ages?.map((age) => `addr=127.0.0.1:5 name=${name} age=${age} idle=0`).join('\n');
    await watch.look();
  };
  return { told, look };
}

test('several coordinators of this process are told once for each number of them', async () => {
  const { told, look } = watchOf();
  await look([60]);
  await look([120, 60]);
  await look([180, 120]);
  expect(told).toEqual([{ host: 'web-1', pid: 42, coordinators: 2 }]);
  await look([240, 180, 60]);
  expect(told.map(({ coordinators }) => coordinators)).toEqual([2, 3]);
  await look([300]);
  await look([360, 60]);
  expect(told.map(({ coordinators }) => coordinators)).toEqual([2, 3, 2]);
});

test('they are not told again when all have reconnected, nor when the list was refused meanwhile', async () => {
  const { told, look } = watchOf();
  await look([120, 60]);
  await look([0, 0]);
  await look(undefined);
  await look([60, 60]);
  expect(told).toHaveLength(1);
});

test('those of another process are left to it', async () => {
  const { told, look } = watchOf();
  await look([120, 60], 43);
  expect(told).toEqual([]);
});
