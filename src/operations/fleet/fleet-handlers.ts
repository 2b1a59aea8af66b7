/**
 * Handlers of the actions of `fleet-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Call, Handlers } from '../action.ts';
import { actorOf } from '../actor.ts';
import { nameField, queueField, reasonField } from '../fields.ts';
import type { FleetActionTypes } from './fleet-actions.ts';
import type { WorkerView } from './fleet-views.ts';
import { POOL_HANDLERS } from './pool-handlers.ts';
import { worker } from './worker-schemas.ts';

/** Handlers by action. */
export const FLEET_HANDLERS: Handlers<FleetActionTypes> = {
  'workers.list': {
    ...{ input: z.strictObject({ queue: queueField.exactOptional() }), output: z.array(worker) },
    run({ fleet }, { queue }, call) {
      if (queue === undefined) return fleet.list(seeing(call));
      call.require('queues.read', queue);
      return fleet.list((each) => each === queue);
    },
  },
  'workers.quiet': {
    input: z.strictObject({ worker: nameField, reason: reasonField.exactOptional() }),
    output: worker,
    run: async ({ fleet }, input, call) =>
      shown(await fleet.quiet(input.worker, actorOf(call), input.reason), call),
  },
  'workers.resume': {
    ...{ input: z.strictObject({ worker: nameField }), output: worker },
    run: async ({ fleet }, input, call) => shown(await fleet.resume(input.worker), call),
  },
  ...POOL_HANDLERS,
};

function seeing(call: Call): (queue: string) => boolean {
  return (queue) => call.may('queues.read', queue);
}

/** Only the queues that whoever asks may see. */
function shown(view: WorkerView, call: Call): WorkerView {
  return { ...view, queues: view.queues.filter(({ queue }) => call.may('queues.read', queue)) };
}
