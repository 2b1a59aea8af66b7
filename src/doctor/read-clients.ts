/**
 * Reads the connections of a server, and the workers that can be told from their names.
 */
import type { Redis } from 'ioredis';
import { queueOfLabel } from '../keys.ts';
import { readSocketName } from '../redis/client-list.ts';
import type { Reading } from './reading.ts';
import type { ClientSeen } from './sample.ts';
import { tolerant } from './tolerant.ts';

/** All of them. */
export function readClients(redis: Redis): Promise<Reading<readonly ClientSeen[]>> {
  return tolerant('CLIENT LIST', async () => parseClients((await redis.client('LIST')) as string));
}

/** Lines of CLIENT LIST; what a version does not tell is empty or 0. */
export function parseClients(text: string): readonly ClientSeen[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const fields = new Map(
        line
          .trim()
          .split(' ')
          .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
      );
      const number = (name: string): number => Number(fields.get(name) ?? 0) || 0;
      const word = (name: string): string => fields.get(name) ?? '';
      return {
        ...{ id: word('id'), name: word('name'), address: word('addr'), user: word('user') },
        ...{ command: word('cmd'), flags: word('flags'), ageSeconds: number('age') },
        ...{
          idleSeconds: number('idle'),
          outputBytes: number('omem'),
          totalBytes: number('tot-mem'),
        },
      };
    });
}

/** Connections of plain BullMQ's workers of a queue. */
export function namedWorkers(clients: readonly ClientSeen[], label: string): number {
  const { prefix, name } = queueOfLabel(label);
  const own = [prefix, Buffer.from(name).toString('base64')].join(':');
  return clients.filter((client) => client.name === own || client.name.startsWith(`${own}:w:`))
    .length;
}

/** For so long a process of Drover may not have said yet what it works on. */
const SAYS_WITHIN_SECONDS = 15;

/** Whether a socket is of a process of Drover with workers that no heartbeat may tell of yet. */
export function hasJustStarted({ name, ageSeconds }: ClientSeen): boolean {
  return ageSeconds < SAYS_WITHIN_SECONDS && readSocketName(name)?.role === 'wait';
}
