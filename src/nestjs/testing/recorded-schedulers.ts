/**
 * Schedulers of recorded queues: what they are to do, and the one job that each has planned.
 *
 * There is no clock: the planned job is run when the test says so, and plans no other one.
 */
import type { IQueueBackend, JobJson } from 'bullmq';
import { systemClock } from '../../base/clock.ts';
import type { Place, RecordedJobs, StoredJob } from './recorded-jobs.ts';

/** Makes or changes a scheduler, and plans its job. Returns the id of that and its delay in ms. */
export function planScheduler(
  place: Place,
  jobs: RecordedJobs,
  wishes: Parameters<IQueueBackend['addJobScheduler']>,
): [string, number] {
  const [id, wishedAt, data, options, times, jobOptions] = wishes;
  const now = systemClock.now();
  const { startDate, offset, name = id } = times;
  const nextAt = wishedAt || Math.max(now, Number(startDate ?? 0)) + Number(offset ?? 0);
  const known = Object.entries(times).filter(([, value]) => value !== undefined && value !== null);
  const fields = Object.fromEntries(known.map(([field, value]) => [field, String(value)]));
  for (const job of plannedBy(place, jobs, id)) jobs.remove(job, false);
  jobs.schedulers.set(place.toKey(`repeat:${id}`), {
    ...{ id, queueKey: place.queueKey, fields: { ...fields, ic: '1' }, data, options, nextAt },
  });
  const delay = Math.max(0, nextAt - now);
  const jobId = `repeat:${id}:${nextAt}`;
  const json = {
    ...{ id: jobId, name, data, repeatJobKey: id, timestamp: now, progress: 0 },
    ...{ opts: { ...jobOptions, jobId, delay }, attemptsMade: 0, attemptsStarted: 0 },
    stalledCounter: 0,
  };
  jobs.add(place, json as unknown as JobJson, jobId);
  return [jobId, delay];
}

/** Removes a scheduler with its planned job. Returns 0 when it was there, as BullMQ does. */
export function removeScheduler(place: Place, jobs: RecordedJobs, id: string): number {
  for (const job of plannedBy(place, jobs, id)) jobs.remove(job, false);
  return jobs.schedulers.delete(place.toKey(`repeat:${id}`)) ? 0 : 1;
}

function plannedBy({ queueKey }: Place, jobs: RecordedJobs, id: string): StoredJob[] {
  return jobs
    .of(queueKey)
    .filter(({ json }) => json.repeatJobKey === id && json.attemptsStarted === 0);
}
