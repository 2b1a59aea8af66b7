/**
 * Which queue is meant: by its name, or by its label. Pure.
 *
 * A program that owns a coordinator names its queues as it defines them, and under its own prefix. Actions name queues
 * by label, and a label without a prefix is one under BullMQ's default prefix, whatever the coordinator's own prefix is.
 * So actions write labels out in full, and names hold no colon: the two cannot be confused.
 */
import { DEFAULT_BULL_PREFIX, queueLabel, queueOfLabel } from '../keys.ts';
import type { QueueRef } from '../queues/queue-manager.ts';

/** The label of a queue. @param labelOf label of a queue under the coordinator's own prefix */
export function labelIn(ref: QueueRef, labelOf: (name: string) => string): string {
  const text = typeof ref === 'string' ? ref : ref.name;
  if (!text.includes(':')) return labelOf(text);
  const { prefix, name } = queueOfLabel(text);
  return queueLabel(prefix, name);
}

/** A label that nobody takes for a name. */
export function writtenOut(label: string): string {
  return label.includes(':') ? label : `${DEFAULT_BULL_PREFIX}:${label}`;
}
