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
export function wholeFlow(wholeOf: (name: string) => string, node: FlowJob): FlowJob {
  const children = node.children?.map((child) => wholeFlow(wholeOf, child));
  return { ...node, queueName: wholeOf(node.queueName), ...(children && { children }) };
}

/** Options of a tree, whose queues are named in full. */
export function wholeFlowOptions(wholeOf: (name: string) => string, options: FlowOpts): FlowOpts {
  const { queuesOptions } = options;
  if (!queuesOptions) return options;
  const entries = Object.entries(queuesOptions);
  return {
    ...options,
    queuesOptions: Object.fromEntries(entries.map(([name, of]) => [wholeOf(name), of])),
  };
}
