/**
 * Reads the names that plain BullMQ gives its connections: which queue they belong to, and what they do there. Pure.
 */
import { queueLabel } from '../../keys.ts';

/** What a connection of plain BullMQ is for. */
export interface BullConnection {
  /** Label of its queue. */
  readonly queue: string;
  readonly role: 'worker' | 'events';
}

/** `bull:ZW1haWxz`, `bull:ZW1haWxz:w:first` and `bull:ZW1haWxz:qe` → the queue and the role. */
export function readBullName(name: string): BullConnection | null {
  const [, prefix, encoded, suffix] = /^(.+?):([A-Za-z0-9+/]+={0,2})(:qe|:w:.*)?$/.exec(name) ?? [];
  if (!prefix || !encoded) return null;
  const queue = Buffer.from(encoded, 'base64').toString('utf8');
  // Any word can be read as base64; one that BullMQ wrote comes out the same again.
  if (Buffer.from(queue, 'utf8').toString('base64') !== encoded) return null;
  if (queue === '' || /[\p{Cc}:]/u.test(queue)) return null;
  return { queue: queueLabel(prefix, queue), role: suffix === ':qe' ? 'events' : 'worker' };
}
