/**
 * Checks job data against a queue's schemas before anything is sent.
 *
 * The error names the queue, the job and the path of the field; the value itself is not shown, since job
 * data may be private.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { closest } from '../base/closest.ts';
import { CoordinatorError } from '../errors.ts';
import type { QueueDefinition, Schema } from './define-queue.ts';

/** The data as the schema returns it, or as it came when there is no schema. Throws `DATA_INVALID`. */
export async function parseJobData(
  definition: QueueDefinition,
  jobName: string,
  data: unknown,
): Promise<unknown> {
  const schema = schemaFor(definition, jobName);
  return schema
    ? parse(schema, data, `job "${jobName}" of queue "${definition.name}"`, 'data')
    : data;
}

/** The result as the schema returns it. Throws `DATA_INVALID`. */
export async function parseResult(definition: QueueDefinition, result: unknown): Promise<unknown> {
  const { result: schema, name } = definition;
  return schema
    ? parse(schema, result, `the result of a job of queue "${name}"`, 'result')
    : result;
}

function schemaFor(definition: QueueDefinition, jobName: string): Schema | undefined {
  const { jobs, data, name } = definition;
  if (!jobs) return data;
  const schema = Object.hasOwn(jobs, jobName) ? jobs[jobName] : undefined;
  if (schema) return schema;
  const names = Object.keys(jobs);
  const meant = closest(jobName, names);
  throw new CoordinatorError(
    'DATA_INVALID',
    `queue "${name}" has no job named "${jobName}"${meant ? `: did you mean "${meant}"?` : ` (it has ${names.join(', ')})`}`,
  );
}

async function parse(schema: Schema, value: unknown, what: string, root: string): Promise<unknown> {
  const outcome = await schema['~standard'].validate(value);
  if (!outcome.issues) return outcome.value;
  const problems = outcome.issues
    .slice(0, 3)
    .map((issue) => `${pathOf(issue, root)}: ${issue.message}`);
  const more = outcome.issues.length - problems.length;
  throw new CoordinatorError(
    'DATA_INVALID',
    `${what} does not match its schema: ${problems.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
  );
}

function pathOf(issue: StandardSchemaV1.Issue, root: string): string {
  const parts = (issue.path ?? []).map((part) =>
    String(typeof part === 'object' ? part.key : part),
  );
  return [root, ...parts].join('.');
}
