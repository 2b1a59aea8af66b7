/**
 * Checks job data against a queue's schemas before anything is sent.
 *
 * The error names the queue, the job and the path of the field; the value itself is not shown, since job
 * data may be private. What a schema says of it is its own: the values of secret fields are taken out of that.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { closest } from '../base/closest.ts';
import { CoordinatorError } from '../errors.ts';
import { HIDDEN, hideSecrets, secretsOf } from '../payloads/redact.ts';
import { toRedactionPaths } from '../payloads/redaction-path.ts';
import type { QueueDefinition, Schema } from './define-queue.ts';

/** The data as the schema returns it, or as it came when there is no schema. Throws `DATA_INVALID`. */
export async function parseJobData(
  definition: QueueDefinition,
  jobName: string,
  data: unknown,
): Promise<unknown> {
  const schema = schemaFor(definition, jobName);
  return schema
    ? parse(definition, schema, data, {
        what: `job "${jobName}" of queue "${definition.name}"`,
        root: 'data',
      })
    : data;
}

/** The result as the schema returns it. Throws `DATA_INVALID`. */
export async function parseResult(definition: QueueDefinition, result: unknown): Promise<unknown> {
  const { result: schema, name } = definition;
  return schema
    ? parse(definition, schema, result, {
        what: `the result of a job of queue "${name}"`,
        root: 'result',
      })
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

async function parse(
  { payload }: QueueDefinition,
  schema: Schema,
  value: unknown,
  { what, root }: { readonly what: string; readonly root: string },
): Promise<unknown> {
  const outcome = await schema['~standard'].validate(value);
  if (!outcome.issues) return outcome.value;
  const problems = outcome.issues
    .slice(0, 3)
    .map((issue) => `${pathOf(issue, root)}: ${issue.message}`);
  const more = outcome.issues.length - problems.length;
  const told = `${problems.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  const secrets = secretsOf(value, toRedactionPaths(payload?.redact ?? []));
  throw new CoordinatorError(
    'DATA_INVALID',
    `${what} does not match its schema: ${hideSecrets(told, secrets, () => HIDDEN)}`,
  );
}

function pathOf(issue: StandardSchemaV1.Issue, root: string): string {
  const parts = (issue.path ?? []).map((part) =>
    String(typeof part === 'object' ? part.key : part),
  );
  return [root, ...parts].join('.');
}
