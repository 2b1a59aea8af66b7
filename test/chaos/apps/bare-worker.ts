/**
 * A worker process of bare BullMQ's side.
 */
import { Worker } from 'bullmq';
import { bareConnection, countErrors } from './bare.ts';
import { answerHttp, runJob, TRICKS } from './jobs.ts';
import { hear, say, Vitals } from './say.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const { queue, concurrency, jobMs, lockMs, stalledMs } = settings;
const vitals = new Vitals();
const worker = new Worker(queue, (job) => runJob(job.id!, jobMs), {
  connection: bareConnection(settings),
  concurrency,
  ...(lockMs !== undefined && { lockDuration: lockMs }),
  ...(stalledMs !== undefined && { stalledInterval: stalledMs }),
});
countErrors(worker, vitals);
worker.on('completed', (job) => say('completed', job.id!));
worker.once('ready', () => say('ready', 'command'));
process.once('SIGTERM', () => void worker.close().then(() => process.exit(0)));
answerHttp((_request, response) => void response.end('ok'));
hear(TRICKS);
say('up');
