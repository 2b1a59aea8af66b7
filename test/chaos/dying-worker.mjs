// @ts-check
/**
 * A worker whose jobs fail for good, to be killed while they do. Settings: REDIS_URL.
 *
 * It waits for a line on its input before it connects, so that it can be started beforehand, and prints `failing`
 * when the first job has come.
 */
import { once } from 'node:events';
import { UnrecoverableError } from 'bullmq';
import { Coordinator } from '../../dist/index.js';

console.log('ready');
await once(process.stdin, 'data');

const coordinator = new Coordinator({ logger: false, version: '1.2.3' });
let hasBegun = false;
coordinator.process(
  'dying',
  async (job) => {
    if (!hasBegun) console.log('failing');
    hasBegun = true;
    if (job.name === 'completes') return;
    if (job.name === 'never') throw new UnrecoverableError(`job ${job.id} never will`);
    throw new TypeError(`job ${job.id} has no photo ${job.data.n}`);
  },
  20,
);
await coordinator.start();
