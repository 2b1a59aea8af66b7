// @ts-check
/**
 * A process of the world that browser tests look at: its workers, on the built package.
 *
 * From the environment: REDIS_URL, and ON, the name of the host that it says it runs on; `worker-2` has a worker of plain
 * BullMQ, too. Printed: `up`. A `panorama` with `holds` goes on until it is stopped: a job that can be looked at while it runs.
 */
import { once } from 'node:events';
import { pretendFolder, pretendHost } from './own-host.mjs';

const { ON = 'worker-1', REDIS_URL = '' } = process.env;
pretendHost(ON, `192.0.2.1${ON.at(-1)}`);
pretendFolder();

const { Coordinator, defineQueue } = await import('../../../dist/index.js');
const { Worker } = await import('bullmq');
const { sendMail } = await import('./world-mails.mjs');
const { worldQueues } = await import('./world-queues.mjs');

const queues = worldQueues(defineQueue);
const coordinator = new Coordinator({
  ...{ name: 'shop', version: ON === 'worker-1' ? '2.4.1' : '2.4.0', logger: false },
  reconnect: { minDelay: 20, maxDelay: 200 },
});

coordinator.process(
  queues.thumbnails,
  async (job, { signal, progress }) => {
    const { image, widths, holds } = /** @type {any} */ (job.data);
    if (holds !== undefined) {
      await progress(holds);
      if (!signal.aborted) await once(signal, 'abort');
      throw signal.reason;
    }
    return { image, files: widths.map((/** @type {number} */ width) => `${image}@${width}.webp`) };
  },
  { pool: { min: 1, max: 8, waitP95: '2s' } },
);

coordinator.process(queues.mails, (job) => sendMail(job.name, /** @type {any} */ (job.data)), 4);

coordinator.process(
  queues.orders,
  async (job, { log, progress }) => {
    const { items } = /** @type {any} */ (job.data);
    for (const [i, item] of items.entries()) {
      await log(`reserved ${item.count} × ${item.sku}`);
      await progress({ step: item.sku, done: i + 1, of: items.length });
    }
    await log('charged the card');
    return { invoice: 9_007_199_254_741_993n, parcels: items.length };
  },
  2,
);

coordinator.process(queues.reports, async () => ({ rows: 1_204 }), 1);

if (ON === 'worker-2') {
  const { hostname, port } = new URL(REDIS_URL);
  const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };
  const exporter = new Worker('exports', async ({ data }) => ({ file: `${data.month}.csv` }), {
    ...{ connection, name: 'exporter', concurrency: 2 },
  });
  exporter.on('error', () => {}); // Redis comes back, and so does it.
}

await coordinator.start();
console.log('up');
