/**
 * Puts the connections of a server together by whose they are and what they do there, from their names. Pure.
 *
 * Drover says application, role, host and process; plain BullMQ the queue and whether it works or listens; of all others
 * only the first word of the name is known.
 */
import { readBullName } from '../../queues/bull-connection.ts';
import { type ClientLine, readSocketName } from '../../redis/client-list.ts';
import type { ClientGroup } from './redis-views.ts';

interface Owner extends Pick<ClientGroup, 'application' | 'role' | 'queue'> {
  readonly host: string;
  readonly process: string | null;
}

const MOST_HOSTS = 50;

/** Groups, the largest first. */
export function groupClients(clients: readonly ClientLine[]): ClientGroup[] {
  const groups = new Map<string, { owner: Owner; clients: ClientLine[]; owners: Owner[] }>();
  for (const client of clients) {
    const owner = ownerOf(client);
    const key = JSON.stringify([owner.application, owner.role, owner.queue]);
    const group = groups.get(key) ?? { owner, clients: [], owners: [] };
    group.clients.push(client);
    group.owners.push(owner);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ owner, clients: own, owners }) => toGroup(owner, own, owners))
    .sort((a, b) => b.count - a.count);
}

function toGroup(
  { application, role, queue }: Owner,
  clients: readonly ClientLine[],
  owners: readonly Owner[],
): ClientGroup {
  const processes = new Set(owners.map(({ process }) => process));
  const most = (of: (client: ClientLine) => number): number =>
    clients.reduce((largest, client) => Math.max(largest, of(client)), 0);
  return {
    ...{ application, role, queue, count: clients.length },
    processes: processes.has(null) ? null : processes.size,
    hosts: [...new Set(owners.map(({ host }) => host))].sort().slice(0, MOST_HOSTS),
    oldestSeconds: most(({ ageSeconds }) => ageSeconds),
    longestIdleSeconds: most(({ idleSeconds }) => idleSeconds),
    outputBytes: clients.reduce((sum, { outputBytes }) => sum + outputBytes, 0),
  };
}

function ownerOf({ name, address }: ClientLine): Owner {
  const host = address.slice(0, Math.max(0, address.lastIndexOf(':')));
  const ours = readSocketName(name);
  if (ours) {
    const { app, role, pid } = ours;
    return {
      ...{ application: app, role, queue: null, host: ours.host },
      process: `${ours.host}:${pid}`,
    };
  }
  const bull = readBullName(name);
  if (bull) {
    const { queue, role } = bull;
    return { application: 'bullmq', queue, role, host, process: null };
  }
  const application = name.split(':')[0] || null;
  return { ...{ application, role: null, queue: null, host }, process: null };
}
