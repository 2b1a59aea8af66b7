/**
 * Makes thumbnails, in two roles from one image.
 *
 * `ENABLE_BACKGROUND_JOBS=false` is the web role: it takes jobs, serves health and the wanted slots, and may lead the
 * fleet; at least one of it always runs, so that somebody is there when all workers are gone. Otherwise it is the
 * worker role, of which there are as many pods as the pool wants. Both end in order on SIGTERM.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { Coordinator, defineQueue } from 'drover';
import { http } from 'drover/http';
import { Hono } from 'hono';
import { z } from 'zod';
import { MOST_SLOTS, PORT, SHUTDOWN_TIMEOUT_MS, SLOTS_PER_POD } from './sizes.ts';

const thumbnails = defineQueue('thumbnails', {
  data: z.object({ photo: z.string(), tookMs: z.number().min(0).max(600_000).default(2_000) }),
});

const coordinator = new Coordinator({ name: 'shop', shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS });

coordinator.process(
  thumbnails,
  async ({ id, data }, { signal }) => {
    // In place of real work. The signal is what lets a pod that goes hand its job back in time.
    await sleep(data.tookMs, undefined, { signal });
    process.stdout.write(`thumbnail of ${data.photo} (job ${id}) made\n`);
  },
  {
    pool: {
      min: 0,
      max: MOST_SLOTS,
      concurrency: SLOTS_PER_POD,
      waitP95: '30s',
      // A wanted slot may need a new pod, and perhaps a new node: it is asked for this much earlier.
      startTime: '30s',
      idleAfter: '5m',
    },
  },
);

const app = new Hono();
app.post('/thumbnails', async (context) => {
  const job = await coordinator.queue(thumbnails).add('make', await context.req.json());
  return context.json({ id: job.id }, 202);
});
// The scaler of the cluster asks for the wanted slots without credentials, as probes and scrapers do.
const pages = http(coordinator, { open: ['health', 'metrics', 'scale'] });
app.all('*', (context) => pages.fetch(context.req.raw, context.env));

const port = Number(process.env.PORT ?? PORT);
const server = serve({ fetch: app.fetch, hostname: '0.0.0.0', port }, ({ port: opened }) => {
  process.stdout.write(`Serving on port ${opened}\n`);
});
coordinator.attach({ name: 'http', stop: () => void server.close() });
await coordinator.exitOnSignals().start();
