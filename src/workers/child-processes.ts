/**
 * Which child process, or worker thread, runs which job of a processor in a file; and how one is ended.
 *
 * BullMQ keeps a pool of children and tells nobody which one it takes for a job. It takes it in the same turn in
 * which it is given the job, so whoever takes one then takes it for that job. A child that was ended leaves the
 * pool, and BullMQ makes a fresh one for the next job.
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
    try {
      this.#starting = running;
      const ended = this.#call(job, running.token, running.arm().signal);
      this.#starting = undefined;
      return await ended;
    } finally {
      this.#children.delete(running);
    }
  }

  /** Ends the child that runs a job, at once and for good. */
  end(running: RunningJob): void {
    const child = this.#children.get(running);
    if (child) this.#kill(child);
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

  #kill(child: Child): void {
    this.#pool.kill(child, 'SIGKILL').catch(() => {}); // Rejects only when it is gone already.
  }
}
