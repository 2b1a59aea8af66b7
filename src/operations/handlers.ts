/**
 * The handlers of all actions. Only the control surface calls them; the schemas in them are also read for the
 * published description of the API.
 */
import { ACCESS_HANDLERS } from './access/access-handlers.ts';
import type { Handlers } from './action.ts';
import type { ActionTypeMap } from './actions.ts';
import { DEAD_LETTER_HANDLERS } from './dead-letters/dead-letter-handlers.ts';
import { DOCTOR_HANDLERS } from './doctor/doctor-handlers.ts';
import { FLEET_HANDLERS } from './fleet/fleet-handlers.ts';
import { INSIGHT_HANDLERS } from './insight/insight-handlers.ts';
import { JOB_HANDLERS } from './jobs/job-handlers.ts';
import { LIVE_HANDLERS } from './live/live-handlers.ts';
import { QUEUE_HANDLERS } from './queues/queue-handlers.ts';
import { REDIS_HANDLERS } from './redis/redis-handlers.ts';

/** Handlers by action. */
export const HANDLERS: Handlers<ActionTypeMap> = {
  ...INSIGHT_HANDLERS,
  ...LIVE_HANDLERS,
  ...QUEUE_HANDLERS,
  ...JOB_HANDLERS,
  ...DEAD_LETTER_HANDLERS,
  ...FLEET_HANDLERS,
  ...REDIS_HANDLERS,
  ...DOCTOR_HANDLERS,
  ...ACCESS_HANDLERS,
};
