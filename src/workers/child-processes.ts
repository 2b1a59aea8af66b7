/**
 * Which child process, or worker thread, runs which job of a processor in a file; and how one is ended.
 *
 * BullMQ keeps a pool of children and tells nobody which one it takes for a job. It takes it in the same turn in
 * which it is given the job, so whoever takes one then takes it for that job. A child that was ended leaves the
 * pool, and BullMQ makes a fresh one for the next job. It never ends one by itself, so idle ones that there is no
 * slot for any more are ended here; they are out of the pool before they are told.
 */
import type { Child, ChildPool, Job, Worker } from 'bullmq';
import type { RunningJob } from './running-job.ts';

/** Parts of BullMQ's worker that its types keep to itself. A test with a real child would notice a change. */
interface Sandboxing {
  childPool: ChildPool;
  callProcessJob(job: Job, token: string, signal?: AbortSignal): Promise<unknown>;
}

/** The children of one worker. */
export class ChildProcesses {
  readonly #pool: ChildPool;
  readonly #call: Sandboxing['callProcessJob'];
  readonly #children = new Map<RunningJob, Child>();
  #starting: RunningJob | undefined;
  /** Jobs that have a child or are getting one. */
  #busy = 0;
  /** Most children that are kept; without a pool as many as there ever were jobs at once. */
  #most = Number.POSITIVE_INFINITY;

  /** @param run has all jobs of `worker` run, by `execute` in the end */
  constructor(worker: Worker, run: (job: Job, token: string) => Promise<unknown>) {
    const inside = worker as unknown as Sandboxing;
    this.#pool = inside.childPool;
    this.#call = inside.callProcessJob.bind(worker);
    inside.callProcessJob = run;
    const retain = this.#pool.retain.bind(this.#pool);
    this.#pool.retain = (file) => this.#retain(retain(file), this.#starting);
  }

  /** Runs a job in a child. */
  async execute(job: Job, running: RunningJob): Promise<unknown> {
    this.#busy += 1;
    try {
      this.#starting = running;
      const ended = this.#call(job, running.token, running.arm().signal);
      this.#starting = undefined;
      return await ended;
    } finally {
      this.#children.delete(running);
      this.#busy -= 1;
      this.#endIdle();
    }
  }

  /** Has no more idle children than `most` leaves room for, now and after every job. None that runs a job is ended. */
  keep(most: number): void {
    this.#most = most;
    this.#endIdle();
  }

  /** Ends the child that runs a job, at once and for good. */
  end(running: RunningJob): void {
    const child = this.#children.get(running);
    if (child) this.#kill(child);
  }

  #endIdle(): void {
    const idle = this.#pool.getAllFree();
    const kept = Math.max(0, this.#most - this.#busy);
    for (const child of idle.slice(0, Math.max(0, idle.length - kept)))
      this.#kill(child, 'SIGTERM');
  }

  async #retain(retained: Promise<Child>, running: RunningJob | undefined): Promise<Child> {
    const child = await retained;
    if (running?.isOver) {
      // It took so long to load its file that its job has been given up.
      this.#kill(child);
      throw new Error('The job was given up before its process was ready');
    }
    if (running) this.#children.set(running, child);
    return child;
  }

  #kill(child: Child, signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): void {
    this.#pool.kill(child, signal).catch(() => {}); // Rejects only when it is gone already.
  }
}
