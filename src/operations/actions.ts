/**
 * Everything an operator may see or do: the catalogue of actions, for every face.
 *
 * Plain data: no schema, no handler, nothing that takes time to load. Handlers are in `handlers.ts`; whoever wants an
 * action done calls the control surface, or the HTTP face of one.
 */
import { ACCESS_ACTIONS, type AccessActionTypes } from './access/access-actions.ts';
import type { Actions } from './action.ts';
import {
  DEAD_LETTER_ACTIONS,
  type DeadLetterActionTypes,
} from './dead-letters/dead-letter-actions.ts';
import { DOCTOR_ACTIONS, type DoctorActionTypes } from './doctor/doctor-actions.ts';
import { FLEET_ACTIONS, type FleetActionTypes } from './fleet/fleet-actions.ts';
import { INSIGHT_ACTIONS, type InsightActionTypes } from './insight/insight-actions.ts';
import { JOB_ACTIONS, type JobActionTypes } from './jobs/job-actions.ts';
import { LIVE_ACTIONS, type LiveActionTypes } from './live/live-actions.ts';
import { QUEUE_ACTIONS, type QueueActionTypes } from './queues/queue-actions.ts';
import { REDIS_ACTIONS, type RedisActionTypes } from './redis/redis-actions.ts';

/** What goes into each action and what comes out. */
export interface ActionTypeMap
  extends InsightActionTypes,
    LiveActionTypes,
    QueueActionTypes,
    JobActionTypes,
    DeadLetterActionTypes,
    FleetActionTypes,
    RedisActionTypes,
    DoctorActionTypes,
    AccessActionTypes {}

/** Name of an action. */
export type ActionName = keyof ActionTypeMap;
/** What goes into it. */
export type InputOf<Name extends ActionName> = ActionTypeMap[Name]['input'];
/** What comes out of it. */
export type OutputOf<Name extends ActionName> = ActionTypeMap[Name]['output'];

/** Does actions: in this process, or in another one over HTTP. */
export interface ActionCaller {
  call<Name extends ActionName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>>;
}

/** Every action. */
export const ACTIONS: Actions<ActionTypeMap> = {
  ...INSIGHT_ACTIONS,
  ...LIVE_ACTIONS,
  ...QUEUE_ACTIONS,
  ...JOB_ACTIONS,
  ...DEAD_LETTER_ACTIONS,
  ...FLEET_ACTIONS,
  ...REDIS_ACTIONS,
  ...DOCTOR_ACTIONS,
  ...ACCESS_ACTIONS,
};
