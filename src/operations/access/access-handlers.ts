/**
 * Handlers of the actions of `access-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import { grantSchema, grantsSchema } from '../../access/grant-schema.ts';
import { PERMISSIONS, type Permission } from '../../access/permissions.ts';
import type { Handlers } from '../action.ts';
import { durationField, limitField, nameField, queueField } from '../fields.ts';
import type { AccessActionTypes } from './access-actions.ts';
import { toTime } from './audit-rows.ts';

const DAY_MS = 86_400_000;
const MOST_ROWS = 200;

const kind = z.enum([
  'token',
  'basic',
  'jwt',
  'proxy',
  'application',
  'operating-system',
  'loopback',
]);
const permission = z.enum(Object.keys(PERMISSIONS) as [Permission]);
const nothing = z.strictObject({});

const tokenView = z.strictObject({
  ...{ id: z.string(), name: z.string(), grants: z.array(grantSchema), createdBy: z.string() },
  ...{ createdAt: z.number(), expiresAt: z.number().nullable(), revokedAt: z.number().nullable() },
  lastUsedAt: z.number().nullable(),
});

const timeField = z
  .string()
  .max(20)
  .refine(
    (text) => !Number.isNaN(toTime(text, 0)),
    'must be a duration back from now, such as "2h", or epoch ms',
  );

const query = {
  queue: queueField.exactOptional(),
  action: nameField.exactOptional(),
  actor: nameField.exactOptional(),
  after: timeField.exactOptional(),
  before: timeField.exactOptional(),
};

const entryView = z.strictObject({
  ...{ n: z.number(), at: z.number(), action: z.string(), queue: z.string().nullable() },
  actor: z.strictObject({ kind, id: z.string(), name: z.string() }),
  parameters: z.record(z.string(), z.unknown()),
  ...{ address: z.string().nullable(), correlationId: z.string() },
  result: z.enum(['done', 'failed', 'refused', 'unknown']),
  ...{ code: z.string().nullable(), tookMs: z.number().nullable() },
});

/** Handlers by action. */
export const ACCESS_HANDLERS: Handlers<AccessActionTypes> = {
  'access.me': {
    input: nothing,
    output: z.strictObject({
      ...{ kind, id: z.string(), name: z.string(), isReadOnly: z.boolean() },
      grants: z.array(z.strictObject({ may: z.array(permission), queues: z.array(z.string()) })),
    }),
    run: ({ access }, _, { principal }) => access.me(principal),
  },
  'tokens.list': {
    input: nothing,
    output: z.array(tokenView),
    run: ({ access }) => access.listTokens(),
  },
  'tokens.create': {
    input: z.strictObject({
      name: nameField,
      grants: grantsSchema,
      expires: durationField(60_000, 730 * DAY_MS).exactOptional(),
    }),
    output: tokenView.extend({ secret: z.string() }),
    run: ({ access }, input, { principal }) => access.createToken(input, principal),
  },
  'tokens.revoke': {
    input: z.strictObject({
      token: z.string().regex(/^[0-9a-f]{12}$/, 'must be the id of a token'),
    }),
    output: tokenView,
    run: ({ access }, { token }) => access.revokeToken(token),
  },
  'audit.list': {
    input: z.strictObject({
      ...query,
      cursor: z
        .string()
        .regex(/^\d{1,15}$/, 'must be the place that a page has given')
        .exactOptional(),
      limit: limitField(MOST_ROWS).exactOptional(),
    }),
    output: z.strictObject({ rows: z.array(entryView), next: z.string().nullable() }),
    run: ({ access }, { cursor, limit = 50, ...rest }) => access.listAudit(rest, cursor, limit),
  },
  'audit.export': {
    input: z.strictObject(query),
    output: z.strictObject({ n: z.number(), hash: z.string(), entry: z.unknown() }),
    run: ({ access }, input) => access.exportAudit(input),
  },
  'audit.verify': {
    input: z.strictObject({ anchor: z.string().max(100).exactOptional() }),
    output: z.strictObject({
      ...{ isWhole: z.boolean(), from: z.number().nullable(), to: z.number().nullable() },
      ...{ checked: z.number(), anchors: z.number() },
      ...{ fault: z.string().nullable(), head: z.string().nullable() },
    }),
    run: ({ access }, { anchor }) => access.verifyAudit(anchor),
  },
};
