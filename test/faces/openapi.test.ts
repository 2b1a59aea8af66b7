/** The OpenAPI document is valid, and says what the catalogue says. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { Coordinator } from 'drover';
import { http } from 'drover/http';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { ACTIONS, type ActionName } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { fakeAction } from './fake-actions.ts';

const LOCAL = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };

interface Field {
  readonly description?: string;
  readonly examples?: readonly unknown[];
}
interface Body {
  readonly required?: string[];
  readonly properties?: Readonly<Record<string, Field>>;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Field;
  }[];
  readonly requestBody?: { content: { 'application/json': { schema: Body } } };
  readonly [extension: `x-${string}`]: string;
}
interface Document {
  readonly components: { readonly schemas: Record<string, object> };
  readonly paths: Record<string, Record<string, Operation>>;
}

async function documentAt(basePath: string): Promise<Document> {
  const coordinator = new Coordinator({ logger: false, redisUrl: '' });
  onTestFinished(() => coordinator.stop({ timeoutMs: 100 }));
  const headers = { host: 'localhost' };
  const url = `http://localhost${basePath}/api/v1/openapi.json`;
  const response = await http(coordinator, { basePath }).fetch(
    new Request(url, { headers }),
    LOCAL,
  );
  expect(response.status).toBe(200);
  return (await response.json()) as Document;
}

test('it is an OpenAPI 3.1 document with every action that is there, and no other', async () => {
  const document = await documentAt('/ops');
  const { valid, errors } = await new Validator().validate(
    structuredClone(document) as object as Record<string, unknown>,
  );
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  const { schemas } = document.components;
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  for (const [, to] of references)
    if (to !== '#/components/responses/Problem')
      expect(Object.keys(schemas)).toContain(to!.replace('#/components/schemas/', ''));
  expect(schemas).toHaveProperty('FlowNode.properties.children');
  expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/ops' }] });
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
    Object.keys(HANDLERS).sort(),
  );
  for (const operation of operations) {
    const action = ACTIONS[operation.operationId as ActionName];
    expect(operation['x-permission']).toBe(action.permission);
    expect(operation['x-effect']).toBe(action.effect);
  }
});

test('fields are where the face takes them from', async () => {
  const input = z.strictObject({
    ...{ queue: z.string(), state: z.string(), limit: z.number().optional() },
  });
  fakeAction('jobs.list', { input, output: z.looseObject({}), run: () => ({}) });
  fakeAction('queues.clean', { input, output: z.looseObject({}), run: () => ({}) });
  const { paths } = await documentAt('');
  expect(paths['/api/v1/queues/{queue}/jobs']!.get!.parameters).toMatchObject([
    { name: 'queue', in: 'path', required: true },
    { name: 'state', in: 'query', required: true },
    { name: 'limit', in: 'query', required: false },
  ]);
  const clean = paths['/api/v1/queues/{queue}/clean']!.post!;
  expect(clean.parameters.map(({ name }) => name)).toEqual(['queue']);
  expect(clean.requestBody!.content['application/json'].schema.required).toEqual(['state']);
});

test('every field says what it means, with an example that its action takes', async () => {
  const { paths } = await documentAt('');
  const wrong: string[] = [];
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    const { operationId, parameters, requestBody } = operation;
    const body = requestBody?.content['application/json'].schema.properties ?? {};
    const fields = [
      ...parameters.map(({ name, schema }) => [name, schema] as const),
      ...Object.entries(body),
    ];
    const { shape } = HANDLERS[operationId as ActionName]!.input as z.ZodObject;
    for (const [name, { description, examples = [] }] of fields) {
      if (!description) wrong.push(`${operationId} ${name}: not described`);
      const field = shape?.[name] as z.ZodType | undefined;
      for (const example of field ? examples : [])
        if (!field?.safeParse(example).success) wrong.push(`${operationId} ${name}: ${example}`);
    }
  }
  expect(wrong).toEqual([]);
});
