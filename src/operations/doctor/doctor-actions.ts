/**
 * Actions of the doctor, who looks and mends: the catalogue.
 */

import type { AclRole } from '../../doctor/acl-roles.ts';
import type { Profile } from '../../doctor/kit-settings.ts';
import type { Actions } from '../action.ts';
import type { AclView, DoctorReport, FixView } from './doctor-views.ts';

/** What goes in and comes out. */
export interface DoctorActionTypes {
  'doctor.run': {
    /**
     * `quick`: what one look tells, without waiting for rates. `queue`: only this queue's checks beside the server's.
     * `profile`: what it is to be, compared with what the kit sets up; a `cache` is judged as a cache.
     */
    input: { readonly quick?: boolean; readonly queue?: string; readonly profile?: Profile };
    output: DoctorReport;
  };
  'doctor.fix': {
    /** Ids of checks; all that are safe to mend when none is given. */
    input: { readonly checks?: readonly string[]; readonly dryRun?: boolean };
    output: readonly FixView[];
  };
  'doctor.acl': { input: { readonly role: AclRole }; output: AclView };
}

/** The doctor. */
export const DOCTOR_ACTIONS: Actions<DoctorActionTypes> = {
  'doctor.run': {
    ...{ route: 'GET /api/v1/doctor', permission: 'redis.read', scope: 'fleet', effect: 'reads' },
    says: 'What is wrong with this Redis and these queues, and how to mend it; with `profile`, as a queue instance or a cache of the kit. Reads only; what it may not read it says.',
  },
  'doctor.fix': {
    ...{ route: 'POST /api/v1/doctor/fix', permission: 'redis.mend', scope: 'fleet' },
    effect: 'changes',
    says: 'Mends what is safe to mend, or shows what it would do (`dryRun`).',
  },
  'doctor.acl': {
    ...{ route: 'GET /api/v1/doctor/acl/:role', permission: 'redis.read', scope: 'fleet' },
    effect: 'reads',
    says: 'The line of an ACL file that gives a user of Redis what a role needs: that of a process, a console, a program around the server.',
  },
};
