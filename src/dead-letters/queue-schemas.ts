/**
 * Checks data by the schemas of the queues that are defined in this process.
 */
import { messageOf } from '../errors.ts';
import { fromExtended } from '../payloads/extended-json.ts';
import type { QueueDefinition } from '../queues/define-queue.ts';
import { parseJobData } from '../queues/parse-data.ts';
import type { SchemaCheck } from './schema-check.ts';

/** @param find the definition of a queue by its label, if this process has one */
export function checkBySchemas(find: (label: string) => QueueDefinition | undefined): SchemaCheck {
  const definitionOf = (label: string): QueueDefinition | undefined => {
    const definition = find(label);
    return definition?.data || definition?.jobs ? definition : undefined;
  };
  return {
    knows: (queue) => definitionOf(queue) !== undefined,
    async validate(queue, jobName, data) {
      const definition = definitionOf(queue);
      try {
        const isExtended = definition?.payload?.types === 'extended';
        if (definition)
          await parseJobData(definition, jobName, isExtended ? fromExtended(data) : data);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
  };
}
