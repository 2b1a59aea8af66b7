/**
 * Reads the names that plain BullMQ gives its connections: which queue they belong to, and what they do there. Pure.
 */
import { queueLabel } from '../keys.ts';

/** What a connection of plain BullMQ is for. */
export interface BullConnection {
  /** Label of its queue. */
  readonly queue: string;
  readonly role: 'worker' | 'events';
  /** The option `name` of its worker; null: it has none. */
  readonly name: string | null;
}

/** `bull:ZW1haWxz`, `bull:ZW1haWxz:w:first` and `bull:ZW1haWxz:qe` → the queue, the role and the name. */
export function readBullName(connectionName: string): BullConnection | null {
  const [, prefix, encoded, suffix, name] =
    /^(.+?):([A-Za-z0-9+/]+={0,2})(:qe|:w:(.*))?$/.exec(connectionName) ?? [];
  if (!prefix || !encoded) return null;
  const queue = Buffer.from(encoded, 'base64').toString('utf8');
  // Any word can be read as base64; one that BullMQ wrote comes out the same again.
  if (Buffer.from(queue, 'utf8').toString('base64') !== encoded) return null;
  if (queue === '' || /[\p{Cc}:\uFFFD]/u.test(queue)) return null;
  const role = suffix === ':qe' ? 'events' : 'worker';
  return { queue: queueLabel(prefix, queue), role, name: name || null };
}

/** How many connections of workers each queue has, by label. A worker has one that waits for jobs. */
export function countBullWorkers(
  clients: readonly { readonly name: string }[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of clients) {
    const connection = readBullName(name);
    if (connection?.role === 'worker')
      counts.set(connection.queue, (counts.get(connection.queue) ?? 0) + 1);
  }
  return counts;
}
