// @ts-check
/**
 * A process with a worker pool, for tests that scale, stop, pause and kill it.
 *
 * Runs on the built package. Settings from the environment: REDIS_URL, POOL (JSON of the option `pool`). A job's
 * data is `{ ms }`: how long it takes. It prints `up`, `slots N` whenever its pool has other slots than before, and
 * `superseded` when another leader has taken its place.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Coordinator } from '../../dist/index.js';

const coordinator = new Coordinator({ logger: false });
coordinator.process('pooled', async (job) => void (await sleep(job.data.ms)), {
  pool: JSON.parse(process.env.POOL ?? '{"min":1,"max":8}'),
});
coordinator.on('pool.superseded', () => console.log('superseded'));
coordinator.exitOnSignals();
await coordinator.start();
let before = -1;
setInterval(() => {
  const slots = coordinator.workers.pools[0]?.slots ?? 0;
  if (slots !== before) console.log(`slots ${slots}`);
  before = slots;
}, 20);
console.log('up');
