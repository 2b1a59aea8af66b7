/**
 * A worker process of Drover's side.
 */
import { http, toNode } from 'drover/http';
import { openCoordinator } from './drover.ts';
import { answerHttp, runJob, TRICKS } from './jobs.ts';
import { hear, say } from './say.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const { queue, concurrency, jobMs, lockMs, stalledMs } = settings;
const coordinator = openCoordinator(settings);
coordinator.process(queue, (job) => runJob(job.id!, jobMs), {
  concurrency,
  ...(lockMs !== undefined && { lockDuration: lockMs }),
  ...(stalledMs !== undefined && { stalledInterval: stalledMs }),
});
answerHttp(toNode(http(coordinator)));
hear(TRICKS);
await coordinator.start();
for (const worker of coordinator.workers.get(queue)) {
  worker.on('completed', (job) => say('completed', job.id!));
}
say('up');
