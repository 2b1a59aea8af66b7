// @ts-check
/**
 * An application for the chaos tests, run as a process of its own on the built package.
 *
 * It works on the queue `chaos` and prints a line for each thing that happens. Settings come from the
 * environment: REDIS_URL, JOB_MS (how long a job takes), LOCK_MS, CONCURRENCY, SHUTDOWN_MS, ABORTABLE (jobs
 * look at their signal). A job named `poison` ends the process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Coordinator } from '../../dist/index.js';

const jobMs = Number(process.env.JOB_MS ?? 10);
const lockDuration = Number(process.env.LOCK_MS ?? 30_000);
const concurrency = Number(process.env.CONCURRENCY ?? 5);
const coordinator = new Coordinator({
  name: 'chaos',
  logger: false,
  shutdownTimeoutMs: Number(process.env.SHUTDOWN_MS ?? 25_000),
});

coordinator.process(
  'chaos',
  async (job, context) => {
    console.log(`started ${job.id}`);
    if (job.name === 'poison') process.kill(process.pid, 'SIGKILL');
    await sleep(jobMs, undefined, process.env.ABORTABLE ? { signal: context.signal } : {});
    console.log(`ended ${job.id}`);
    return job.name;
  },
  { concurrency, lockDuration, stalledInterval: lockDuration },
);
coordinator.on('job.condemned', ({ jobId, kills }) => console.log(`condemned ${jobId} ${kills}`));
coordinator.on('job.failed', ({ jobId, message }) => console.log(`failed ${jobId} ${message}`));
coordinator.on('connection.ready', ({ role }) => console.log(`ready ${role}`));
coordinator.on('connection.closed', ({ role }) => console.log(`closed ${role}`));
coordinator.on('worker.error', ({ message }) => console.log(`worker error ${message}`));
coordinator.on('coordinator.stopped', ({ tookMs, unfinished, handedBack }) =>
  console.log(`stopped after ${tookMs} ms, ${unfinished} unfinished, ${handedBack} handed back`),
);
process.on('unhandledRejection', (reason) => console.log(`unhandled ${reason}`));
coordinator.exitOnSignals();
// As a server would: without Redis there is nothing else that keeps the process alive.
setInterval(() => {}, 60_000);
await coordinator.start();
console.log('up');
