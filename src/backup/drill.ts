/**
 * Restores a backup for practice: the whole way, into a folder and a server of our own, as it would be after a disaster.
 *
 * The server that it starts has an append-only file, as that of the kit has. All queues must be there and paused; one of
 * them is resumed, a job is added, and a worker of BullMQ's must do it. No server and no data of anybody else is touched.
 */
import { Queue, Worker } from 'bullmq';
import { type Clock, systemClock } from '../base/clock.ts';
import { createDeferred } from '../base/deferred.ts';
import { withDeadline } from '../base/wait.ts';
import { queueOfLabel } from '../keys.ts';
import { compareBackup } from './compare-backup.ts';
import { readManifest } from './read-backup.ts';
import { restoreBackup } from './restore/restore-backup.ts';
import { type LoadedDatabase, queueDatabase, readLoadedData } from './scratch/loaded-data.ts';
import { withScratchFolder } from './scratch/scratch-folder.ts';
import { type ScratchServer, startScratchServer } from './scratch/scratch-server.ts';
import { type Verification, type VerifyOptions, verifyBackup } from './verify-backup.ts';

/** A step of the drill. */
export interface DrillStep {
  readonly step: 'verify' | 'restore' | 'start' | 'compare' | 'paused' | 'run a job';
  readonly isRight: boolean;
  readonly tookMs: number;
  /** What was found, in a sentence. */
  readonly found: string;
}

/** How a drill went. */
export interface Drill {
  readonly name: string;
  /** Epoch ms. */
  readonly madeAt: number;
  readonly isRight: boolean;
  readonly steps: readonly DrillStep[];
  /** What an outage would have lasted from the backup's place in the store to a job that is done. */
  readonly tookMs: number;
  /** The first step's, for whoever writes it down. */
  readonly verification: Verification;
}

/** The job that is added has it as its name. */
const JOB = 'drover-drill';
const JOB_MS = 30_000;

/** Does it. Rejects with BACKUP_DAMAGED and BACKUP_FAILED; what is not right is in the report. */
export async function drillBackup(options: VerifyOptions): Promise<Drill> {
  const { name, clock = systemClock } = options;
  const steps = new Steps(clock);
  const verification = await verifyBackup(options);
  const { problems, queues, madeAt } = verification;
  steps.note('verify', problems, `${queues.length} queues as they were counted`);
  await withScratchFolder(async (dataDir) => {
    const restored = await restoreBackup({ ...options, dataDir });
    steps.note('restore', restored.problems, `${restored.keys} keys into an empty folder`);
    await options.onProgress?.('starts', null);
    const server = await startScratchServer({
      ...{ folder: dataDir, program: options.redisServer, settings: { appendonly: 'yes' } },
      ...(options.signal && { signal: options.signal }),
    });
    try {
      steps.note('start', [], 'a server with an append-only file has loaded them');
      await tryServer(options, server, steps);
    } finally {
      await server.stop();
    }
  });
  const isRight = steps.all.every((each) => each.isRight);
  return { name, madeAt, isRight, steps: steps.all, tookMs: steps.sinceFirst(), verification };
}

/** Notes steps with the time that each took. */
class Steps {
  readonly all: DrillStep[] = [];
  readonly #clock: Clock;
  #at: number;
  #verifiedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.monotonic();
  }

  note(step: DrillStep['step'], problems: readonly string[], found: string): void {
    const now = this.#clock.monotonic();
    const isRight = problems.length === 0;
    const tookMs = Math.round(now - this.#at);
    this.all.push({ step, isRight, tookMs, found: isRight ? found : problems.join('; ') });
    this.#at = now;
    this.#verifiedAt ??= now;
  }

  /** Without the first step, which nobody would do in a hurry. */
  sinceFirst(): number {
    return Math.round(this.#at - this.#verifiedAt!);
  }
}

async function tryServer(
  { store, name, signal, onProgress }: VerifyOptions,
  server: ScratchServer,
  steps: Steps,
): Promise<void> {
  const manifest = await readManifest(store, name, signal);
  const loaded = await readLoadedData(server.client, Object.keys(manifest.counted.queues));
  const database = queueDatabase(loaded.databases);
  const { queues } = compareBackup(manifest, loaded);
  // Keys are more than before: every queue has got a counter of ids.
  const wrong = queues.filter(({ isRight }) => !isRight);
  steps.note(
    'compare',
    wrong.map(({ queue }) => `queue ${queue} has other jobs than it was backed up with`),
    `${queues.length} queues with all their jobs`,
  );
  const running: string[] = [];
  for (const label of database?.labels ?? [])
    if (!(await isPaused(server, label))) running.push(label);
  steps.note(
    'paused',
    running.map((label) => `queue ${label} is not paused`),
    'all queues are paused',
  );
  await onProgress?.('runs a job', null);
  const label = busiest(database) ?? JOB;
  const problem = await runJob(server, label, database?.database ?? 0);
  steps.note('run a job', problem ? [problem] : [], `added to ${label}, and done by a worker`);
}

function busiest(database: LoadedDatabase | undefined): string | undefined {
  const waiting = (label: string): number => database!.queues[label]!.waiting;
  return [...(database?.labels ?? [])].sort((a, b) => waiting(b) - waiting(a))[0];
}

async function isPaused({ client }: ScratchServer, label: string): Promise<boolean> {
  const { name, prefix } = queueOfLabel(label);
  const queue = new Queue(name, { connection: client, prefix, skipMetasUpdate: true });
  try {
    return await queue.isPaused();
  } finally {
    await queue.close();
  }
}

/** What went wrong; undefined when a worker did the job. */
async function runJob(
  { socketPath }: ScratchServer,
  label: string,
  db: number,
): Promise<string | undefined> {
  const { name, prefix } = queueOfLabel(label);
  const connection = { path: socketPath, db, maxRetriesPerRequest: null };
  const queue = new Queue(name, { connection, prefix, skipMetasUpdate: true });
  const done = createDeferred<void>();
  let wanted: string | undefined;
  const worker = new Worker(
    name,
    async (job) => {
      if (job.id === wanted) done.resolve();
    },
    { connection, prefix, skipStalledCheck: true, autorun: false },
  );
  queue.on('error', () => {}); // The deadline tells.
  worker.on('error', () => {});
  try {
    // Before all that wait: this one is to be done, not all of them.
    wanted = (await queue.add(JOB, {}, { lifo: true })).id;
    await queue.resume();
    void worker.run().catch(() => {});
    const { settled } = await withDeadline(done.promise, JOB_MS);
    return settled ? undefined : `a job in ${label} was not done within ${JOB_MS / 1_000} s`;
  } finally {
    await worker.close();
    await queue.close();
  }
}
