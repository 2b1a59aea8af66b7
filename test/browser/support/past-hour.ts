/**
 * What the queues of the world did in the hour before its tests: counted by Drover's own recorder, whose clock is moved on
 * from minute to minute, so that there are figures over time to look at. The same each time, from a seed.
 */
import { EventBus } from '../../../src/events.ts';
import { createKeys } from '../../../src/keys.ts';
import { Flush } from '../../../src/metrics/flush.ts';
import { Recorder } from '../../../src/metrics/recorder.ts';
import { Connection } from '../../../src/redis/connection.ts';
import { clientMaker } from '../../../src/redis/create-client.ts';
import { createSeededRandom } from '../../support/seeded-random.ts';

const MINUTE_MS = 60_000;
const MINUTES = 55;

/** What a queue did in a minute. */
interface Habit {
  readonly queue: string;
  readonly jobName: string;
  /** Jobs a minute, on average. */
  readonly jobs: number;
  readonly waitMs: number;
  readonly runMs: number;
  /** Part of the jobs that failed for good, by minutes ago. */
  readonly failing: (minutesAgo: number) => number;
}

const HABITS: readonly Habit[] = [
  { queue: 'thumbnails', jobName: 'resize', jobs: 48, waitMs: 180, runMs: 320, failing: () => 0 },
  {
    ...{ queue: 'mails', jobName: 'receipt', jobs: 20, waitMs: 60, runMs: 140 },
    // Since the release of 20 minutes ago.
    failing: (minutesAgo) => (minutesAgo < 20 ? 0.3 : 0),
  },
  { queue: 'orders', jobName: 'fulfil', jobs: 6, waitMs: 400, runMs: 1_900, failing: () => 0 },
];

/** Writes it. */
export async function recordPastHour(port: number): Promise<void> {
  const bus = new EventBus();
  const keys = createKeys('coordinator');
  const command = new Connection({
    ...{ role: 'command', name: 'past-hour', announce: bus.announce },
    createClient: clientMaker({ options: { host: '127.0.0.1', port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: 100 },
  });
  await command.client;
  const end = Date.now() - MINUTE_MS;
  let now = end - MINUTES * MINUTE_MS;
  const recorder = new Recorder({ bus, labelOf: (queue) => queue, serverNow: () => now });
  const flush = new Flush({
    ...{ recorder, command, keys, hostId: 'worker-0:1', announce: bus.announce },
  });
  const random = createSeededRandom(10);
  for (; now < end; now += MINUTE_MS) {
    recorder.sample([]); // Closes the minute before.
    for (const habit of HABITS) record(recorder, habit, (end - now) / MINUTE_MS, random);
  }
  await flush.close(5_000);
  command.close();
}

function record(recorder: Recorder, habit: Habit, minutesAgo: number, random: () => number): void {
  const { queue, jobName, jobs, waitMs, runMs, failing } = habit;
  const observer = recorder.queue(queue);
  const wave = 1 + 0.4 * Math.sin(minutesAgo / 7);
  const count = Math.round(jobs * wave * (0.8 + 0.4 * random()));
  observer.added(jobName, count);
  for (let i = 0; i < count; i += 1) {
    const spread = 0.3 + 2 * random() ** 3;
    observer.fetched(jobName, waitMs * wave * spread, 300);
    observer.ended(jobName, random() < failing(minutesAgo) ? 'dead' : 'completed', runMs * spread);
  }
}
