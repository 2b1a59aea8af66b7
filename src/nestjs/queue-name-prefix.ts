/**
 * `queueNamePrefix` in front of the names of queues. Pure.
 *
 * `workers` makes `workers-thumbnails` of `thumbnails`; one that ends in a sign that is no letter and no digit is taken
 * as it is: `photos.` makes `photos.thumbnails`. The names that the application says stay the short ones.
 */
import type { FlowJob } from 'bullmq';

/** The whole name of a queue. */
export function prefixedName(prefix: string, name: string): string {
  if (prefix === '') return name;
  return /[\p{L}\p{N}]$/u.test(prefix) ? `${prefix}-${name}` : `${prefix}${name}`;
}

/** A tree of jobs with the whole names of its queues. */
export function prefixedFlow(prefix: string, node: FlowJob): FlowJob {
  const children = node.children?.map((child) => prefixedFlow(prefix, child));
  const queueName = prefixedName(prefix, node.queueName);
  return { ...node, queueName, ...(children && { children }) };
}
