/**
 * Checks of connections: how many, whose, and whether they live. Pure.
 */
import { formatSize } from '../../base/units.ts';
import {
  type Check,
  critical,
  EVERY_REDIS,
  eachQueue,
  figure,
  grown,
  judged,
  unverified,
  type Verdict,
  WORKERS_UNKNOWN,
  warning,
} from '../check.ts';
import { both, valueOr } from '../reading.ts';
import type { ClientSeen, Sample } from '../sample.ts';

const MANY = 0.8;
const TOO_MANY = 0.95;
const IDLE_SECONDS = 3_600;
const PER_PROCESS = 4;
const LEAKED_AT_LEAST = 5;
const BUFFER_BYTES = 32 * 1_048_576;

/** Connections. */
export const CLIENT_CHECKS: readonly Check[] = [
  {
    id: 'CFG12',
    title: 'Own commands are given up and the connection is kept',
    area: 'configuration',
    rule: 'a commandTimeout on the connection that this application was given: critical; connections of plain BullMQ cannot be seen from here',
    why: 'It rejects waiting workers as if they had failed, and leaves a connection whose other end is gone in place: it never heals.',
    remedy: [
      'Leave commandTimeout out of the connection or its options: a connection that is silent is noticed without it',
      'Give plain BullMQ connections socketTimeout 15000, reconnectOnError on READONLY, maxRetriesPerRequest null, and no commandTimeout',
    ],
    judge: ({ client }) =>
      client.commandTimeoutMs === null
        ? []
        : [critical(`commandTimeout is ${client.commandTimeoutMs} ms`)],
  },
  {
    id: 'CON01',
    title: 'There are too many clients',
    area: 'live',
    rule: 'above 80 % of maxclients: warning, above 95 %: critical; connections rejected since the last look: critical',
    why: 'New processes cannot connect, and after a restart of Redis nobody may come back.',
    remedy: [
      'npx drover redis connections (whose they are)',
      'redis-cli CONFIG SET maxclients 10000 (the limit of open files must be 32 more)',
    ],
    isCheap: true,
    profiles: EVERY_REDIS,
    judge: judgeCount,
  },
  {
    id: 'CON02',
    title: 'Connections are leaked',
    area: 'live',
    rule: 'five or more of one name and address idle for an hour and not waiting: warning; more than four of one process of Drover: warning',
    why: 'They are opened and forgotten, until Redis has no more.',
    remedy: [
      'npx drover redis connections',
      'Share one connection in the process that opens them, or use Drover: three sockets a process',
      'redis-cli CLIENT KILL ID <id> ends one',
    ],
    judge: judgeLeaks,
  },
  {
    id: 'CON03',
    title: 'Jobs wait and nobody works',
    area: 'live',
    rule: 'a queue with waiting jobs and no worker: critical',
    why: 'Nothing in the queue will ever run.',
    remedy: [
      'npx drover worker list (which processes live)',
      'Start a worker process of this queue; with Drover see ENABLE_BACKGROUND_JOBS',
    ],
    judge: judgeWorkers,
  },
  {
    id: 'CON04',
    title: 'A connection is half open',
    area: 'live',
    rule: 'two PINGs without an answer within 2 s while a new connection is answered, or the server does not list our connection: critical',
    why: 'Nothing is fetched and nothing is said: the other end is gone without a goodbye.',
    remedy: ['It is closed and opened again by itself; else restart this process'],
    judge: judgeHalfOpen,
  },
  {
    id: 'CON05',
    title: 'A reader does not keep up',
    area: 'live',
    rule: 'more than 32 MB for one client: warning; clients evicted since the last look: warning',
    why: 'Answers that nobody takes fill the memory of the data.',
    remedy: [
      'npx drover redis connections',
      'redis-cli CLIENT KILL ID <id>; MONITOR and forgotten pipelines are the usual causes',
    ],
    profiles: EVERY_REDIS,
    judge: judgeBuffers,
  },
];

function judgeCount(sample: Sample): readonly Verdict[] {
  const share = judged(
    both(figure(sample, 'connected_clients'), figure(sample, 'maxclients')),
    ([connected, most]) => {
      const seen = `${connected} of ${most} clients`;
      if (connected > TOO_MANY * most) return critical(seen);
      return connected > MANY * most ? warning(seen) : undefined;
    },
  );
  const rejected = grown(sample, 'rejected_connections');
  return rejected.isRead && rejected.value.by > 0
    ? [...share, critical(`${rejected.value.by} connections were rejected since the last look`)]
    : share;
}

const BLOCKING =
  /^(?:bzpopmin|brpoplpush|blmove|bzpopmax|blpop|xread|xreadgroup|subscribe|psubscribe)$/;

function judgeLeaks({ server }: Sample): readonly Verdict[] {
  return judged(server.clients, (clients) => {
    const idle = new Map<string, ClientSeen[]>();
    const processes = new Map<string, ClientSeen[]>();
    for (const client of clients) {
      const [, app, process] =
        /^(.*):bullmq-(?:command|wait|events|bulk):(.+)$/.exec(client.name) ?? [];
      const own = process && `${process} of ${app}`;
      if (own) processes.set(own, [...(processes.get(own) ?? []), client]);
      if (client.idleSeconds < IDLE_SECONDS || BLOCKING.test(client.command)) continue;
      if (/[MSO]/.test(client.flags)) continue; // Replicas, their primary, and MONITOR.
      const group = `${client.name || 'unnamed'} from ${client.address.replace(/:\d+$/, '')}`;
      idle.set(group, [...(idle.get(group) ?? []), client]);
    }
    return [
      ...[...idle]
        .filter(([, group]) => group.length >= LEAKED_AT_LEAST)
        .map(([group, members]) =>
          warning(`${members.length} connections of ${group} idle for an hour`, endOf(members)),
        ),
      ...[...processes]
        .filter(([, members]) => members.length > PER_PROCESS)
        .map(([process, members]) =>
          warning(
            `${members.length} connections of the process ${process}`,
            endOf(members.slice(PER_PROCESS)),
          ),
        ),
    ];
  });
}

const MOST_ENDED = 5;

function endOf(clients: readonly ClientSeen[]): readonly string[] {
  return [
    'Share one connection in the process that opens them, or use Drover: three sockets a process',
    ...clients.slice(0, MOST_ENDED).map(({ id }) => `redis-cli CLIENT KILL ID ${id}`),
    'npx drover redis connections',
  ];
}

function judgeWorkers(sample: Sample): readonly Verdict[] {
  return eachQueue(sample, ({ workers, counts, isPaused }) => {
    const waiting = counts.wait + counts.prioritized;
    if (waiting === 0 || isPaused || counts.active > 0) return undefined;
    if (workers === null) return unverified(`${waiting} jobs wait; ${WORKERS_UNKNOWN}`);
    return workers === 0 ? critical(`${waiting} jobs wait, and no worker is there`) : undefined;
  });
}

function judgeHalfOpen({ client, server }: Sample): readonly Verdict[] {
  if (!client.isCommandAlive)
    return [critical('Redis has not answered on a connection, and answers on a new one')];
  return judged(server.clients, (clients) => {
    const listed = new Set(clients.map(({ id }) => id));
    const missing = server.ownIds.filter((id) => !listed.has(id));
    return missing.length > 0
      ? critical(`the server does not know our connections ${missing.join(', ')}`)
      : undefined;
  });
}

function judgeBuffers(sample: Sample): readonly Verdict[] {
  const big = judged(sample.server.clients, (clients) =>
    clients
      .filter(({ outputBytes, totalBytes }) => Math.max(outputBytes, totalBytes) > BUFFER_BYTES)
      .slice(0, 5)
      .map(({ id, name, address, outputBytes, totalBytes }) =>
        warning(
          `client ${id} (${name || address}) holds ${formatSize(Math.max(outputBytes, totalBytes))}`,
          [
            `redis-cli CLIENT KILL ID ${id}`,
            'MONITOR and forgotten pipelines are the usual causes: npx drover redis connections',
          ],
        ),
      ),
  );
  const evicted = valueOr(grown(sample, 'evicted_clients'), { by: 0 }).by;
  return evicted > 0
    ? [...big, warning(`${evicted} clients were evicted since the last look`)]
    : big;
}
