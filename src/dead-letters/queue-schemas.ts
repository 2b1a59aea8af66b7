/**
 * Checks data by the schemas of the queues that are defined in this process.
 */
import { messageOf } from '../errors.ts';
import { queueOfLabel } from '../keys.ts';
import type { QueueDefinition } from '../queues/define-queue.ts';
import { parseJobData } from '../queues/parse-data.ts';
import type { SchemaCheck } from './schema-check.ts';

/**
 * @param prefix BullMQ's prefix of this process: queues under another one are not its own
 * @param find the definition of a queue, if this process has one
 */
export function checkBySchemas(
  prefix: string,
  find: (name: string) => QueueDefinition | undefined,
): SchemaCheck {
  const definitionOf = (label: string): QueueDefinition | undefined => {
    const queue = queueOfLabel(label);
    const definition = queue.prefix === prefix ? find(queue.name) : undefined;
    return definition?.data || definition?.jobs ? definition : undefined;
  };
  return {
    knows: (queue) => definitionOf(queue) !== undefined,
    async validate(queue, jobName, data) {
      const definition = definitionOf(queue);
      try {
        if (definition) await parseJobData(definition, jobName, data);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
  };
}
