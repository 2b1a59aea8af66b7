/**
 * What Redis's list of clients tells of workers: sockets of Drover processes, and BullMQ's own workers. Pure.
 *
 * A worker of BullMQ names its connection `<prefix>:<queue in base64>`, with `:w:<name>` behind it when it has one. Who
 * has no right to the list learns nothing of either.
 */

import { readBullName } from '../../queues/bull-connection.ts';
import { type ClientLine, socketName } from '../../redis/client-list.ts';
import type { WorkerView } from './fleet-views.ts';

const DROVER_SOCKET = /^[^:]*:bullmq-(?:command|wait|events|bulk):([^:]*:\d+)$/;

/** How many sockets the process on this host has. */
export function countSockets(clients: readonly ClientLine[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of clients) {
    const owner = DROVER_SOCKET.exec(name)?.[1];
    if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}

/** How the sockets of a process name it. */
export function ownerOf(host: string, pid: number): string {
  return socketName('', 'command', host, pid).split(':').slice(2).join(':');
}

/** Workers that run no Drover, one for each connection. */
export function plainWorkers(clients: readonly ClientLine[], now: number): WorkerView[] {
  return clients.flatMap((client) => {
    const worker = readBullName(client.name);
    if (worker?.role !== 'worker') return [];
    return [
      {
        ...{ id: `client:${client.id}`, from: 'derived', host: null, pid: null },
        ...{ name: worker.name, address: client.address || null, version: null, appVersion: null },
        queues: [{ queue: worker.queue, slots: null, active: null }],
        // One that waits for jobs is idle for as long as it waits.
        ...{ lastSeenAt: now, connections: 1 },
        load: { cpuRatio: null, loopRatio: null, memoryRatio: null },
        ...{ isQuiet: false, quietBy: null, quietFor: null, quietSince: null },
      },
    ];
  });
}
