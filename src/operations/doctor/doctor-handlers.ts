/**
 * Handlers of the actions of `doctor-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import { ACL_ROLES } from '../../doctor/acl-roles.ts';
import { PROFILES } from '../../doctor/kit-settings.ts';
import type { Handlers } from '../action.ts';
import { nameField, queueField } from '../fields.ts';
import type { DoctorActionTypes } from './doctor-actions.ts';

const severity = z.enum(['critical', 'warning', 'information', 'unverified']);
const label = z.string().nullable();

const finding = z.object({
  ...{ id: z.string(), severity, title: z.string(), seen: z.string(), why: z.string() },
  ...{ remedy: z.array(z.string()), queue: label, isFixable: z.boolean() },
});

const report = z.object({
  ...{ startedAt: z.number(), tookMs: z.number(), redis: z.string(), server: label },
  ...{ queues: z.number(), checks: z.number(), profile: z.enum(PROFILES).nullable() },
  ...{ findings: z.array(finding), worst: severity.nullable() },
});

const fix = z.object({
  ...{ id: z.string(), queue: label, does: z.string(), message: label },
  outcome: z.enum(['would', 'done', 'failed', 'no-longer-needed']),
});

/** Handlers by action. */
export const DOCTOR_HANDLERS: Handlers<DoctorActionTypes> = {
  'doctor.run': {
    input: z.strictObject({
      quick: z.boolean().exactOptional(),
      queue: queueField.exactOptional(),
      profile: z.enum(PROFILES).exactOptional(),
    }) as z.ZodType<DoctorActionTypes['doctor.run']['input']>,
    output: report,
    run: ({ doctor }, input) => doctor.run(input),
  },
  'doctor.fix': {
    input: z.strictObject({
      checks: z.array(nameField).min(1).max(50).exactOptional(),
      dryRun: z.boolean().exactOptional(),
    }) as z.ZodType<DoctorActionTypes['doctor.fix']['input']>,
    output: z.array(fix),
    run: ({ doctor }, input) => doctor.fix(input),
  },
  'doctor.acl': {
    input: z.strictObject({ role: z.enum(ACL_ROLES) }),
    output: z.object({ role: z.string(), user: z.string(), line: z.string() }),
    run: ({ doctor }, { role }) => doctor.acl(role),
  },
};
