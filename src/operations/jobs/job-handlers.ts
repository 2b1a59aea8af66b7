/**
 * Handlers of the actions of `job-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from '../action.ts';
import type { JobActionTypes } from './job-actions.ts';

/** Handlers by action. */
export const JOB_HANDLERS: Partial<Handlers<JobActionTypes>> = {};
