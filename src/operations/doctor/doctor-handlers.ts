/**
 * Handlers of the actions of `doctor-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from '../action.ts';
import type { DoctorActionTypes } from './doctor-actions.ts';

/** Handlers by action. */
export const DOCTOR_HANDLERS: Partial<Handlers<DoctorActionTypes>> = {};
