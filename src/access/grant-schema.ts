/**
 * The shape of grants wherever they come in: options, requests, the host application. One schema.
 */
import { z } from 'zod';
import { PERMISSIONS, type Permission, ROLES, type Role } from './permissions.ts';
import type { Grant } from './principal.ts';

const CONTROL = /\p{Cc}/u;
const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];
const NAMES = [...ROLE_NAMES, ...Object.keys(PERMISSIONS)] as [Role | Permission];

/** One grant. */
export const grantSchema: z.ZodType<Grant> = z.strictObject({
  may: z
    .array(z.enum(NAMES, `must be a role (${ROLE_NAMES.join(', ')}) or the name of a permission`))
    .min(1, 'must name a role or a permission')
    .max(NAMES.length),
  queues: z
    .array(
      z
        .string()
        .min(1, 'must not be empty: `*` stands for every queue')
        .max(300, 'must have at most 300 characters')
        .refine((text) => !CONTROL.test(text), 'must hold no control characters'),
    )
    .max(100, 'must be at most 100 patterns')
    .exactOptional(),
}) as z.ZodType<Grant>;

/** Some grants. */
export const grantsSchema: z.ZodType<readonly Grant[]> = z
  .array(grantSchema)
  .min(1, 'must hold a grant')
  .max(20, 'must be at most 20 grants');

/** Name of a role. */
export const roleSchema: z.ZodType<Role> = z.enum(
  ROLE_NAMES,
  `must be a role: ${ROLE_NAMES.join(', ')}`,
);
