/**
 * A coordinator with all its instruments and one with none, in one process, at full speed or at a pace.
 */
import { Coordinator } from 'drover';
import { monotonicMs, sleep } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { reportTrouble } from '../harness/sides.ts';

/** How much of what, by which of the two. */
export interface Work {
  readonly isOn: boolean;
  readonly queue: string;
  readonly jobs: number;
  readonly warmUp: number;
  readonly concurrency: number;
}

/** A steady pace. */
export interface Pace {
  readonly isOn: boolean;
  readonly queue: string;
  readonly jobs: number;
  readonly perSecond: number;
}

/** What this child can do. */
export interface OverheadWorker {
  /** Opens one of the two. */
  open(argument: { url: string; isOn: boolean }): Promise<void>;
  /** Adds one at a time, `concurrency` of them in flight. Returns the milliseconds that it took. */
  add(argument: Work): Promise<number>;
  /** Runs the `jobs + warmUp` jobs that wait. Returns the milliseconds that `jobs` took. */
  drain(argument: Work): Promise<number>;
  /** Adds and runs so many jobs a second. Returns the microseconds of processor time that this process took. */
  pace(argument: Pace): Promise<number>;
}

const TICK_MS = 20;
const coordinators = new Map<boolean, Coordinator>();

serve<OverheadWorker>({
  async open({ url, isOn }) {
    const coordinator = new Coordinator({
      ...{ redisUrl: url, logger: false, metrics: isOn, deadLetters: isOn },
    });
    coordinators.set(isOn, coordinator);
    reportTrouble(coordinator);
    await coordinator.start();
  },

  async add({ isOn, queue: name, jobs, warmUp, concurrency }) {
    const queue = coordinators.get(isOn)!.queue(name);
    const addMany = async (count: number): Promise<void> => {
      let left = count;
      const lane = async (): Promise<void> => {
        while (left-- > 0) await queue.add('mail', { to: 'somebody@example.com', template: 'hi' });
      };
      await Promise.all(Array.from({ length: concurrency }, lane));
    };
    await addMany(warmUp);
    const startedAt = monotonicMs();
    await addMany(jobs);
    return monotonicMs() - startedAt;
  },

  drain({ isOn, queue, jobs, warmUp, concurrency }) {
    return new Promise<number>((resolve) => {
      let started = 0;
      let warmAt = 0;
      const run = async (): Promise<void> => {
        started += 1;
        if (started === warmUp) warmAt = monotonicMs();
        if (started === warmUp + jobs) resolve(monotonicMs() - warmAt);
      };
      coordinators.get(isOn)!.process(queue, run, concurrency);
    });
  },

  async pace({ isOn, queue: name, jobs, perSecond }) {
    const coordinator = coordinators.get(isOn)!;
    const queue = coordinator.queue(name);
    let ran = 0;
    coordinator.process(name, async () => void ran++, 10);
    const before = process.cpuUsage();
    const startedAt = monotonicMs();
    let sent = 0;
    while (sent < jobs) {
      const due = Math.min(jobs, Math.ceil(((monotonicMs() - startedAt) * perSecond) / 1_000));
      const adds: Promise<unknown>[] = [];
      for (; sent < due; sent++) adds.push(queue.add('mail', { to: 'somebody@example.com' }));
      await Promise.all(adds);
      await sleep(TICK_MS);
    }
    while (ran < jobs) await sleep(TICK_MS);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  },
});
