/**
 * What operators may see of the processes that run jobs, and do with them.
 *
 * Drover processes say themselves how they are; workers of BullMQ alone are seen in Redis's list of clients, where that
 * may be read. What a process is told is written down first, so it holds also for one that is away; whether it has
 * been done is only claimed when the process says so. Calls reject with QUEUE_UNAVAILABLE while Redis is away.
 */
import type { Redis } from 'ioredis';
import { systemClock } from '../../base/clock.ts';
import { CoordinatorError } from '../../errors.ts';
import { type ClientLine, parseClientList } from '../../redis/client-list.ts';
import type { Order, OrderOutcome } from '../../workers/order.ts';
import type { WorkerFlag } from '../../workers/worker-flag.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { type AskProcessesOptions, askProcesses } from './ask-processes.ts';
import type { WorkerView } from './fleet-views.ts';
import { type Process, readProcess, readProcesses } from './read-processes.ts';
import { runOf } from './run-of-job.ts';
import { countSockets, ownerOf, plainWorkers } from './seen-clients.ts';

/** Whether something is known of a queue to whoever asks. */
type Sees = (queue: string) => boolean;

const FLAGS_MS = 7 * 86_400_000;
const everyQueue: Sees = () => true;

/** Processes that run jobs. */
export class FleetOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }

  /** Those that work on a queue that is seen, Drover's first; of each only these queues. */
  async list(sees: Sees = everyQueue): Promise<WorkerView[]> {
    const { keys } = this.#sources;
    const now = this.#now();
    const [processes, clients] = await this.#onBulk(async (redis) =>
      Promise.all([readProcesses(redis, keys, now), readClients(redis)]),
    );
    const measured = withConnections(processes, clients);
    return [...measured, ...(clients ? plainWorkers(clients, now) : [])]
      .map((worker) => ({ ...worker, queues: worker.queues.filter(({ queue }) => sees(queue)) }))
      .filter(({ queues }) => queues.length > 0);
  }

  /**
   * Has a process take no new jobs, until it is told otherwise or ends. Resolves when it says that it does, or after two
   * seconds. Rejects with NOT_FOUND, and with NOT_SUPPORTED for one that runs no Drover.
   */
  async quiet(id: string, by: string, reason: string | null = null): Promise<WorkerView> {
    const { token } = await this.#live(id);
    const flag: WorkerFlag = { quiet: true, token, by, reason, at: this.#now() };
    return this.#tell(id, flag);
  }

  /** Has a quiet process take jobs again. As `quiet`. */
  async resume(id: string): Promise<WorkerView> {
    await this.#live(id);
    return this.#tell(id, null);
  }

  /**
   * Cancels a running job, on whichever host it runs: it fails for good. `cancelled`: its process has told it to stop;
   * `asked`: not every process has answered yet.
   *
   * Rejects with NOT_FOUND for no job, with STATE_CONFLICT for one that does not run, and with NOT_SUPPORTED where no
   * process on its queue runs Drover: a worker of BullMQ alone can be told by its own program only.
   *
   * @param queue label
   */
  async cancel(
    queue: string,
    job: string,
    by: string,
    reason: string | null = null,
  ): Promise<'cancelled' | 'asked'> {
    this.#checkWritable();
    const { keys } = this.#sources;
    const prefix = this.#sources.directory.keyPrefix(queue);
    const about = await this.#read((redis) => runOf(redis, prefix, job));
    if (!about)
      throw new CoordinatorError('NOT_FOUND', `There is no job "${job}" in the queue "${queue}"`);
    if (!about.isActive) throw notRunning(queue, job);
    const processes = await this.#onBulk((redis) => readProcesses(redis, keys, this.#now()));
    const expected = processes.filter(({ queues }) => queues.some((each) => each.queue === queue));
    if (expected.length === 0)
      throw new CoordinatorError(
        'NOT_SUPPORTED',
        `No process that runs Drover works on the queue "${queue}": the program of the job's worker can cancel it, by \`worker.cancelJob('${job}')\``,
      );
    const order: Order = { kind: 'cancel', queue, job, run: about.run, by, reason };
    const ids = expected.map(({ id }) => id);
    const answers = await this.#ask(order, ids, (outcome) => outcome === 'cancelled');
    if ([...answers.values()].includes('cancelled')) return 'cancelled';
    if (ids.some((id) => !answers.has(id))) return 'asked';
    const after = await this.#read((redis) => runOf(redis, prefix, job));
    if (after?.isActive !== true || after.run !== about.run) throw notRunning(queue, job);
    throw new CoordinatorError(
      'STATE_CONFLICT',
      `No process that runs Drover runs job "${job}" of "${queue}": its worker is BullMQ's alone, or has gone and its lock runs out`,
    );
  }

  /** Writes a flag down, or takes it away, and rings. Both in one step: a flag that nobody hears of is read later. */
  async #tell(id: string, flag: WorkerFlag | null): Promise<WorkerView> {
    const { keys } = this.#sources;
    const key = keys.workerFlags();
    await this.#read(async (redis) => {
      const flags = redis.multi();
      if (flag) flags.hset(key, id, JSON.stringify(flag)).pexpire(key, FLAGS_MS);
      else flags.hdel(key, id);
      for (const [error] of (await flags.exec()) ?? []) if (error) throw error;
    });
    await this.#ask({ kind: 'flag', worker: id }, [id], () => true);
    const [view] = withConnections([await this.#live(id)], undefined);
    return view!;
  }

  async #live(id: string): Promise<Process> {
    this.#checkWritable();
    if (id.startsWith('client:'))
      throw new CoordinatorError(
        'NOT_SUPPORTED',
        `"${id}" runs no Drover: pause its queue, or its worker in its own program`,
      );
    const { keys } = this.#sources;
    const found = await this.#read((redis) => readProcess(redis, keys, id, this.#now()));
    if (found) return found;
    throw new CoordinatorError('NOT_FOUND', `There is no process "${id}" with a fresh heartbeat`);
  }

  #ask(
    order: Order,
    expected: readonly string[],
    isEnough: (outcome: OrderOutcome) => boolean,
  ): ReturnType<typeof askProcesses> {
    const { hub, keys, gate } = this.#sources;
    const send: AskProcessesOptions['send'] = (run) =>
      gate.run(hub.command, 'fail', 'unknown', run);
    return askProcesses({ hub, keys, send }, order, expected, isEnough);
  }

  #checkWritable(): void {
    if (this.#sources.isReadOnly())
      throw new CoordinatorError(
        'READ_ONLY',
        'This process changes nothing: start it with `--write`',
      );
  }

  #now(): number {
    return Math.floor(this.#sources.serverNow() ?? systemClock.now());
  }

  /** All of it may be repeated: a flag is the same a second time. */
  #read<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return gate.run(hub.command, 'fail', 'repeat', async () => run(await hub.command.raw()));
  }

  /** Waits for a connection as long as any call may. */
  #onBulk<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return hub.onBulk((bulk) =>
      gate.run(bulk, 'fail', 'repeat', async () => run(await bulk.raw())),
    );
  }
}

/** Redis's clients; undefined where this user may not see them. */
async function readClients(redis: Redis): Promise<ClientLine[] | undefined> {
  const text = await redis.client('LIST').catch(() => undefined);
  return typeof text === 'string' ? parseClientList(text) : undefined;
}

function withConnections(
  processes: readonly Process[],
  clients: readonly ClientLine[] | undefined,
): WorkerView[] {
  const sockets = clients && countSockets(clients);
  return processes.map(({ token, ...view }) => {
    const { host, pid } = view;
    const owner = host !== null && pid !== null ? ownerOf(host, pid) : undefined;
    const connections = sockets && owner !== undefined ? (sockets.get(owner) ?? 0) : null;
    return { ...view, connections };
  });
}

function notRunning(queue: string, job: string): CoordinatorError {
  return new CoordinatorError(
    'STATE_CONFLICT',
    `Job "${job}" of "${queue}" does not run: only a running job can be cancelled, others can be removed`,
  );
}
