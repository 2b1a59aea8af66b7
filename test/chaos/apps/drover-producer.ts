/**
 * A producer process of Drover's side.
 */
import { openCoordinator } from './drover.ts';
import { produce } from './produce.ts';
import { say } from './say.ts';
import { readSettings } from './settings.ts';

/** Codes that say that nothing was done. */
const REFUSALS: readonly unknown[] = ['QUEUE_UNAVAILABLE', 'STOPPED'];

const settings = readSettings();
const coordinator = openCoordinator(settings);
const queue = coordinator.queue(settings.queue);
await coordinator.start();
say('up');
produce(settings, {
  add: (jobId, options) => queue.add('job', {}, { ...options, jobId }),
  addFlow: (flow) => coordinator.flows.add(flow),
  isRefusal: (error) => REFUSALS.includes((error as { code?: string }).code),
});
