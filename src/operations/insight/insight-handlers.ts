/**
 * Handlers of the actions of `insight-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import { type Duration, parseDuration } from '../../base/units.ts';
import type { Call, Handlers } from '../action.ts';
import { durationField, limitField, nameField, queueField } from '../fields.ts';
import { writtenOut } from '../queue-label.ts';
import type { InsightActionTypes } from './insight-actions.ts';
import {
  backlog,
  history,
  liveness,
  memory,
  queuesHealth,
  readiness,
  redisHealth,
  retention,
} from './insight-schemas.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const USUAL_SPAN = '1h';
/** Spans up to this are told minute by minute. */
const MINUTES_UP_TO_MS: number = DAY_MS / 4;
/** A day of minutes. */
const MOST_STEPS_AS_ONE = 1_440;
const nothing: z.ZodType<Record<never, never>> = z.strictObject({});
const ofQueue = z.strictObject({ queue: queueField });

/** Handlers by action. */
export const INSIGHT_HANDLERS: Handlers<InsightActionTypes> = {
  'health.redis': {
    ...{ input: nothing, output: redisHealth },
    run: ({ health }) => health.redis(),
  },
  'health.live': { input: nothing, output: liveness, run: ({ health }) => health.live() },
  'health.ready': {
    input: nothing,
    output: readiness,
    run: ({ health }, _input, call) => seenBy(call, health.ready()),
  },
  'health.queues': {
    input: nothing,
    output: queuesHealth,
    run: ({ health }, _input, call) => seenBy(call, health.queues()),
  },
  'metrics.exposition': {
    ...{ input: nothing, output: z.string() },
    run({ metrics }, _input, call) {
      call.require('queues.read', null);
      return metrics.exposition();
    },
  },
  'metrics.history': {
    input: z.strictObject({
      queue: queueField,
      last: durationField(MINUTE_MS, 90 * DAY_MS).exactOptional(),
      resolution: z.enum(['minute', 'hour']).exactOptional(),
      every: limitField(MOST_STEPS_AS_ONE).exactOptional(),
      jobName: nameField.exactOptional(),
    }),
    output: history,
    run({ metrics }, { queue, last = USUAL_SPAN, resolution, every, jobName }) {
      const lastMs = parseDuration(last as Duration)!;
      const step = resolution ?? (lastMs <= MINUTES_UP_TO_MS ? 'minute' : 'hour');
      return metrics.history({ queue: writtenOut(queue), lastMs, step, every, jobName });
    },
  },
  'metrics.backlog': {
    ...{ input: ofQueue, output: backlog },
    run: ({ metrics }, { queue }) => metrics.backlog(writtenOut(queue)),
  },
  'memory.get': {
    ...{ input: ofQueue, output: memory },
    run: (operations, { queue }) => operations.memory.get(writtenOut(queue)),
  },
  'retention.list': {
    ...{ input: nothing, output: retention },
    async run(operations, _input, call) {
      const all = await operations.retention.list();
      return all.filter(({ queue }) => call.may('queues.read', queue));
    },
  },
};

/** Where this is not open to everybody, somebody with rights on some queues is told of these. */
function seenBy<View extends { readonly queues: readonly { readonly queue: string }[] }>(
  { may }: Call,
  view: View,
): View {
  return { ...view, queues: view.queues.filter(({ queue }) => may('queues.read', queue)) };
}
