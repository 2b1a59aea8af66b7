/**
 * What BullMQ's keys of a queue begin with, from the queue's name inside Drover's keys.
 */
import { QueueKeys } from 'bullmq';
import { queueOfLabel } from '../keys.ts';

/** Up to and with the last colon. */
export function keyPrefixOf(label: string): string {
  const { prefix, name } = queueOfLabel(label);
  return new QueueKeys(prefix).toKey(name, '');
}
