/**
 * The OpenAPI 3.1 document of the API: from the catalogue of actions and the schemas of their handlers, and from nothing
 * else, so that it cannot drift.
 */
import { z } from 'zod';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import { ERRORS } from '../errors.ts';
import type { FieldSchema } from '../operations/fields-from-text.ts';
import { HANDLERS } from '../operations/handlers.ts';
import { VERSION } from '../version.ts';
import { noteOf } from './field-notes.ts';
import { inputSchemaOf, takesQuery } from './request-input.ts';
import { ROUTES, type Route } from './routes.ts';

type Json = Record<string, unknown>;

/** The document. Actions that nothing does here are left out. */
export function toOpenApi({ basePath }: { basePath: string }): Json {
  const paths: Record<string, Json> = {};
  const schemas: Json = { Problem: PROBLEM, LiveEvent: LIVE_EVENT };
  for (const route of ROUTES.filter(({ name }) => HANDLERS[name])) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: toOperation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Drover',
      version: VERSION,
      description: ABOUT,
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    tags: [...new Set(ROUTES.map(tagOf))].map((name) => ({ name })),
    security: [{ bearer: [] }, { basic: [] }],
    paths,
    components: {
      schemas,
      responses: {
        Problem: {
          description: 'Why it was not done, as RFC 9457 has it.',
          content: { 'application/problem+json': { schema: reference('Problem') } },
        },
      },
      securitySchemes: {
        bearer: {
          ...{ type: 'http', scheme: 'bearer' },
          description: 'An API token, or a JWT of the configured issuer.',
        },
        basic: { type: 'http', scheme: 'basic' },
      },
    },
  };
}

const ABOUT = [
  'Everything an operator may see or do. Times are epoch milliseconds; what is not known is null.',
  'A request that changes something and has no bearer token needs the header `X-Drover: 1`: pages of other sites cannot send it.',
].join(' ');

function toOperation(route: Route, schemas: Json): Json {
  const { name, action } = route;
  const { properties = {}, required = [] } = shareSchemas(
    (inputSchemaOf(route) ?? {}) as Json,
    schemas,
  ) as InputSchema;
  const inRest = Object.entries(properties)
    .filter(([field]) => !route.fields.includes(field))
    .map(([field, schema]): [string, FieldSchema] => [
      field,
      { ...schema, ...noteOf(name, field) } as FieldSchema,
    ]);
  return {
    operationId: name,
    tags: [tagOf(route)],
    summary: action.says,
    description: describe(route),
    ...(action.permission === 'open' && { security: [] }),
    'x-permission': action.permission,
    'x-effect': action.effect,
    parameters: [
      ...route.fields.map((field) => ({
        ...{ name: field, in: 'path', required: true },
        schema: { ...(properties[field] ?? { type: 'string' }), ...noteOf(name, field) },
      })),
      ...(takesQuery(route) ? inRest.map((each) => toParameter(each, required)) : []),
    ],
    ...(!takesQuery(route) && inRest.length > 0 && { requestBody: toBody(inRest, required) }),
    responses: {
      200: toResponse(route, schemas),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

interface InputSchema extends FieldSchema {
  readonly required?: readonly string[];
}

function toParameter([name, schema]: [string, FieldSchema], required: readonly string[]): Json {
  return { name, in: 'query', required: required.includes(name), schema };
}

function toBody(fields: readonly [string, FieldSchema][], required: readonly string[]): Json {
  const needed = fields.map(([name]) => name).filter((name) => required.includes(name));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(needed.length > 0 && { required: needed }),
    additionalProperties: false,
  };
  return { required: needed.length > 0, content: { 'application/json': { schema } } };
}

function toResponse({ name, action }: Route, schemas: Json): Json {
  const description = action.says;
  switch (action.answers ?? 'json') {
    case 'events':
      return { description, content: { 'text/event-stream': { schema: { type: 'string' } } } };
    case 'lines':
      return { description, content: { 'application/x-ndjson': { schema: { type: 'string' } } } };
    case 'text':
      return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
    default:
      return {
        description,
        content: { 'application/json': { schema: shareSchemas(outputSchemaOf(name), schemas) } },
      };
  }
}

function outputSchemaOf(name: Route['name']): Json {
  const { $schema, ...schema } = z.toJSONSchema(HANDLERS[name]!.output, {
    io: 'output',
    unrepresentable: 'any',
  }) as Json;
  return schema;
}

/** A schema whose definitions are among the shared ones: references into a schema do not resolve inside a document. */
function shareSchemas({ $defs = {}, ...schema }: Json, schemas: Json): Json {
  // "#" is the schema itself, and would be the whole document.
  const { $ref, id } = schema;
  const itself = typeof $ref === 'string' ? $ref : `#/$defs/${id}`;
  const moved = (part: unknown): Json =>
    JSON.parse(
      JSON.stringify(part)
        .replaceAll('"$ref":"#"', `"$ref":"${itself}"`)
        .replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'),
    );
  const named = typeof id === 'string' ? { ...($defs as Json), [id]: schema } : ($defs as Json);
  for (const [name, definition] of Object.entries(named)) {
    const { id: _id, ...shared } = moved(definition);
    schemas[name] = shared;
  }
  return typeof id === 'string' ? reference(id) : moved(schema);
}

function describe({ action }: Route): string {
  const { permission, effect, asksForName } = action;
  const needs =
    permission === 'open'
      ? 'Needs no permission.'
      : permission === 'known'
        ? 'Is for whoever says who they are.'
        : `Needs \`${permission}\`: ${PERMISSIONS[permission as Permission]}`;
  const asks = asksForName ? ' `confirm` must repeat the name of the queue.' : '';
  return `${needs} It ${effect}.${asks}`;
}

function tagOf({ name }: Route): string {
  return name.split('.')[0]!;
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'correlationId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened and what to do.' },
    code: { type: 'string', enum: [...Object.keys(ERRORS), 'UNEXPECTED'] },
    pointer: { type: 'string', description: 'The field that is wrong, as a JSON Pointer.' },
    retryAfterMs: { type: 'integer' },
    correlationId: { type: 'string', description: 'Under this the log and the audit have it.' },
  },
};

const LIVE_EVENT: Json = {
  type: 'object',
  required: ['id', 'event', 'data'],
  properties: {
    id: { type: 'string' },
    event: { type: 'string', enum: ['overview', 'delta', 'redis', 'lag', 'ended'] },
    data: {},
  },
};
