/**
 * A producer process of Drover's side.
 */
import { defineQueue } from 'drover';
import { openCoordinator } from './drover.ts';
import { produce } from './produce.ts';
import { say } from './say.ts';
import { readSettings } from './settings.ts';

/** Codes that say that nothing was done. */
const REFUSALS: readonly unknown[] = [
  'QUEUE_UNAVAILABLE',
  'SPOOL_FULL',
  'SPOOL_UNUSABLE',
  'STOPPED',
];

const settings = readSettings();
const coordinator = openCoordinator(settings);
const queue = coordinator.queue(defineQueue(settings.queue, { whenDown: settings.whenDown }));
await coordinator.start();
say('up');
produce(settings, {
  add: (jobId, options) => queue.add('job', {}, { ...options, jobId }),
  addFlow: (flow) => coordinator.flows.add(flow),
  isRefusal: (error) => REFUSALS.includes((error as { code?: string }).code),
});
