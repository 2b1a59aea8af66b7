// @ts-check
/**
 * A process with workers, for tests that quiet it, resume it, and cancel its jobs.
 *
 * Runs on the built package. Settings from the environment: REDIS_URL, QUEUES (names, separated by commas),
 * POOL (JSON of the option `pool`, where they have one), CHILD (a file that runs the jobs in processes of their own).
 * A job's data is `{ how, ms }`: it `honours` its signal, `ignores` it, or is `quick`. Printed: `up`, `started <id>`,
 * `aborted <id> <code>: <message>`, `ended <id>`, `quiet` and `resumed`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Coordinator } from '../../dist/index.js';

const { QUEUES = 'jobs', POOL, CHILD } = process.env;
const coordinator = new Coordinator({
  ...{ logger: false, version: '1.2.3' },
  reconnect: { minDelay: 20, maxDelay: 100 },
});
coordinator.on('workers.quieted', ({ by }) => console.log(`quiet by ${by}`));
coordinator.on('workers.resumed', () => console.log('resumed'));

/** @type {import('../../dist/index.js').Processor<any, any>} */
async function run(job, { signal }) {
  console.log(`started ${job.id}`);
  const { how, ms } = job.data;
  if (how === 'honours')
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        console.log(`aborted ${job.id} ${signal.reason.code}: ${signal.reason.message}`);
        reject(signal.reason);
      });
    });
  if (how === 'ignores') {
    while (!signal.aborted) await sleep(20);
    await sleep(ms);
  } else await sleep(ms);
  console.log(`ended ${job.id}`);
  return 'result';
}

for (const name of QUEUES.split(','))
  coordinator.process(name, CHILD ?? run, {
    timeoutGraceMs: 500,
    ...(POOL ? { pool: JSON.parse(POOL) } : { concurrency: 2 }),
  });
coordinator.exitOnSignals();
await coordinator.start();
console.log('up');
