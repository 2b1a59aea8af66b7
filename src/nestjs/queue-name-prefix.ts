/**
 * `queueNamePrefix` in front of the names of queues. Pure.
 *
 * `workers` makes `workers-thumbnails` of `thumbnails`; one that ends in a sign that is no letter and no digit is taken
 * as it is: `photos.` makes `photos.thumbnails`. The names that the application says stay the short ones.
 */
import type { FlowJob, FlowOpts } from 'bullmq';

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

/** Options of a tree, whose queues are named in full. */
export function prefixedFlowOptions(prefix: string, options: FlowOpts): FlowOpts {
  const { queuesOptions } = options;
  if (!queuesOptions) return options;
  const entries = Object.entries(queuesOptions);
  const whole = entries.map(([name, of]) => [prefixedName(prefix, name), of] as const);
  return { ...options, queuesOptions: Object.fromEntries(whole) };
}
