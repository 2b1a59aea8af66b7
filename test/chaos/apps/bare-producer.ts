/**
 * A producer process of bare BullMQ's side.
 */
import { FlowProducer, Queue } from 'bullmq';
import { bareConnection, countErrors } from './bare.ts';
import { produce } from './produce.ts';
import { say, Vitals } from './say.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const vitals = new Vitals();
const connection = bareConnection(settings);
const queue = new Queue(settings.queue, { connection });
countErrors(queue, vitals);
let flows: FlowProducer | undefined;
if (settings.flows) {
  flows = new FlowProducer({ connection });
  countErrors(flows, vitals);
}
say('up');
produce(settings, {
  add: (jobId, options) => queue.add('job', {}, { ...options, jobId }),
  addFlow: (flow) => flows!.add(flow),
  // An error reply of Redis: most mean that nothing was done.
  isRefusal: (error) => (error as Error).name === 'ReplyError',
});
