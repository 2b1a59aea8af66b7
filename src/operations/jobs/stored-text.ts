/**
 * The text as which data that an operator has given is stored.
 */
import { isDeepStrictEqual } from 'node:util';
import { stringifyExactly } from '../../base/exact-numbers.ts';
import { fromExtended, toExtended } from '../../payloads/extended-json.ts';
import type { QueueDefinition } from '../../queues/define-queue.ts';
import { parseJobData } from '../../queues/parse-data.ts';

/**
 * The data as JSON, numbers with all their digits; or what the schema of the queue has made of it, where that is another
 * value. Rejects with DATA_INVALID.
 *
 * @param data as it is shown of a job, so that what was read can be given back
 * @param definition undefined for a queue that this process does not know
 */
export async function toStoredText(
  definition: QueueDefinition | undefined,
  jobName: string,
  data: unknown,
): Promise<string> {
  const text = stringifyExactly(data) ?? '{}';
  if (!definition) return text;
  const isExtended = definition.payload?.types === 'extended';
  const given: unknown = JSON.parse(text);
  const checked = await parseJobData(definition, jobName, isExtended ? fromExtended(given) : given);
  const stored = JSON.stringify(isExtended ? toExtended(checked) : checked) ?? '{}';
  return isDeepStrictEqual(JSON.parse(stored), given) ? text : stored;
}
