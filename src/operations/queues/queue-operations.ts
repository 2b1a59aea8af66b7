/**
 * What operators may see of queues and do with them, on any queue of this Redis, whether or not Drover runs it.
 *
 * Rejects with NOT_FOUND for a queue that is not there, and with QUEUE_UNAVAILABLE while Redis is away. Reading writes
 * nothing, except that the reason of a pause that is over is let go where this process may write.
 */
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { matchesPattern } from '../../access/roles.ts';
import { systemClock } from '../../base/clock.ts';
import { type Duration, parseDuration } from '../../base/units.ts';
import { CoordinatorError } from '../../errors.ts';
import { notCountable } from '../../queues/queue-stats.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { AllSchedulersList } from './all-schedulers.ts';
import { forgetReason, keepReason } from './pause-reasons.ts';
import { PlainWorkers } from './plain-workers.ts';
import { cursorBehind, cutPage, labelsAfter } from './queue-page.ts';
import { EVER, QueueRemoval } from './queue-removal.ts';
import { type RowsRead, readQueueRows } from './queue-rows.ts';
import { readSettings } from './queue-settings.ts';
import type { QueuePage, QueueRow, QueueView, Removed } from './queue-views.ts';
import type {
  CleanWishes,
  EmptyWishes,
  LimitWishes,
  ListWishes,
  ObliterateWishes,
  PauseWishes,
} from './queue-wishes.ts';
import { startBudget } from './removal-budget.ts';
import { SchedulerOperations } from './scheduler-operations.ts';

const USUAL_ROWS = 100;
const USUAL_CLEANED = 10_000;
const UNLIMITED = Number.POSITIVE_INFINITY;
/** More than so many queues are counted over the bulk socket. */
const FEW = 500;

/** Queues, as operators see them. */
export class QueueOperations {
  readonly schedulers: SchedulerOperations;
  readonly allSchedulers: AllSchedulersList;
  readonly #sources: OperatorSources;
  readonly #workers: PlainWorkers;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
    this.#workers = new PlainWorkers(sources.hub, sources.gate);
    this.schedulers = new SchedulerOperations(sources);
    this.allSchedulers = new AllSchedulersList(sources);
  }

  /** A page of the queues that `mayRead` lets through. */
  async list(input: ListWishes, mayRead: (label: string) => boolean): Promise<QueuePage> {
    const { directory } = this.#sources;
    const { match, sort = 'name', cursor, limit = USUAL_ROWS } = input;
    await directory.look();
    const labels = directory
      .labels()
      .filter((label) => mayRead(label) && (match === undefined || matchesPattern(match, label)));
    const page =
      sort === 'name'
        ? await this.#pageByName(labelsAfter(labels, cursor), limit)
        : await this.#pageByCount(labels, { sort, cursor, limit });
    const { isComplete, discoveredAt } = directory;
    return { ...page, isComplete, discoveredAt };
  }

  async get(label: string): Promise<QueueView> {
    const keyPrefix = this.#sources.directory.keyPrefix(label);
    await this.#open(label);
    const [{ rows, uncounted }, settings] = await Promise.all([
      this.#rows([label]),
      this.#command((redis) => readSettings(redis, keyPrefix)),
    ]);
    const [row] = rows;
    if (!row) throw uncounted.length > 0 ? notCountable(label) : notFound(label);
    return { ...row, ...settings };
  }

  /** @param by who asks, as it is shown */
  async pause({ queue: label, reason }: PauseWishes, by: string): Promise<QueueView> {
    const queue = await this.#open(label);
    await this.#pause(queue, label, by, reason ?? null);
    return this.get(label);
  }

  async resume(label: string): Promise<QueueView> {
    const queue = await this.#open(label);
    await this.#command((redis) => forgetReason(redis, this.#sources.keys, label));
    await queue.resume();
    return this.get(label);
  }

  /** Deletes what waits. */
  async empty(
    { queue: label, delayed = false, dryRun = false }: EmptyWishes,
    signal?: AbortSignal,
  ): Promise<Removed> {
    const removal = new QueueRemoval(this.#sources, label, await this.#open(label));
    const budget = startBudget(signal);
    let removed = 0;
    const states = ['wait', 'paused', 'prioritized', ...(delayed ? (['delayed'] as const) : [])];
    for (const state of states as ('wait' | 'paused' | 'prioritized' | 'delayed')[]) {
      const wanted = { state, cutoff: EVER, most: UNLIMITED };
      const part = await (dryRun ? removal.count(wanted, budget) : removal.remove(wanted, budget));
      removed += part.removed;
      if (part.hasMore) return { removed, hasMore: true };
    }
    return { removed, hasMore: false };
  }

  /** Deletes old jobs of one state. */
  async clean(input: CleanWishes, signal?: AbortSignal): Promise<Removed> {
    const { queue: label, state, olderThan, limit = USUAL_CLEANED, dryRun = false } = input;
    const removal = new QueueRemoval(this.#sources, label, await this.#open(label));
    const cutoff = Math.round(this.#now()) - parseDuration(olderThan as Duration)!;
    const wanted = { state, cutoff, most: limit };
    const budget = startBudget(signal);
    return dryRun ? removal.count(wanted, budget) : removal.remove(wanted, budget);
  }

  /**
   * Deletes a queue. Rejects with STATE_CONFLICT while jobs are running, unless forced. One that stops halfway leaves it
   * paused, and says why: the same call again does the rest.
   */
  async obliterate(input: ObliterateWishes, by: string, signal?: AbortSignal): Promise<Removed> {
    const { queue: label, force = false, dryRun = false } = input;
    const queue = await this.#open(label);
    const before = await this.get(label);
    if (!force && before.counts.active) throw running(label, before.counts.active);
    if (dryRun) return { removed: totalOf(before), hasMore: false };
    if (!before.isPaused) await this.#pause(queue, label, by, 'is being deleted');
    await this.#expectIdle(label, queue, force, before.isPaused);
    const removal = new QueueRemoval(this.#sources, label, queue);
    if (!(await removal.obliterate(force, startBudget(signal)))) {
      const left = await this.get(label);
      return { removed: Math.max(0, totalOf(before) - totalOf(left)), hasMore: true };
    }
    this.#sources.directory.forget(label);
    await this.#command((redis) => forgetReason(redis, this.#sources.keys, label));
    return { removed: totalOf(before), hasMore: false };
  }

  async limit({ queue: label, max, duration }: LimitWishes): Promise<QueueView> {
    const queue = await this.#open(label);
    await queue.setGlobalRateLimit(max, parseDuration(duration as Duration)!);
    return this.get(label);
  }

  async unlimit(label: string): Promise<QueueView> {
    await (await this.#open(label)).removeGlobalRateLimit();
    return this.get(label);
  }

  async setConcurrency(label: string, concurrency: number | null): Promise<QueueView> {
    const queue = await this.#open(label);
    if (concurrency === null) await queue.removeGlobalConcurrency();
    else await queue.setGlobalConcurrency(concurrency);
    return this.get(label);
  }

  async #pause(queue: Queue, label: string, by: string, reason: string | null): Promise<void> {
    await queue.pause();
    const pause = { by, reason, at: Math.round(this.#now()) };
    await this.#command((redis) => keepReason(redis, this.#sources.keys, label, pause));
  }

  /** A job may have been fetched just before the pause, which is then taken back. From then on none is. */
  async #expectIdle(
    label: string,
    queue: Queue,
    force: boolean,
    wasPaused: boolean,
  ): Promise<void> {
    const active = force ? 0 : await queue.getActiveCount();
    if (active === 0) return;
    if (!wasPaused) await this.resume(label);
    throw running(label, active);
  }

  async #pageByName(
    labels: readonly string[],
    limit: number,
  ): Promise<Omit<QueuePage, 'isComplete' | 'discoveredAt'>> {
    const { rows, uncounted } = await this.#rows(labels.slice(0, limit));
    const last = labels[limit - 1];
    return { rows, uncounted, next: labels.length > limit && last ? cursorBehind(last) : null };
  }

  async #pageByCount(
    labels: readonly string[],
    wanted: Required<Pick<ListWishes, 'sort' | 'limit'>> & { cursor: string | undefined },
  ): Promise<Omit<QueuePage, 'isComplete' | 'discoveredAt'>> {
    const now = this.#now();
    const { rows, uncounted } = await this.#rows(labels, now);
    return { ...cutPage(rows, { ...wanted, now }), uncounted };
  }

  /** Rows of those that are there, in one round trip. */
  async #rows(
    labels: readonly string[],
    now: number = this.#now(),
  ): Promise<Pick<RowsRead, 'rows' | 'uncounted'>> {
    if (labels.length === 0) return { rows: [], uncounted: [] };
    const { keys, directory } = this.#sources;
    const workers = await this.#workers.counts();
    const keyPrefix = (label: string): string => directory.keyPrefix(label);
    const look = (redis: Redis): Promise<RowsRead> =>
      readQueueRows(redis, { keys, labels, keyPrefix, now, workers });
    const { gone, stale, ...read } = await (labels.length > FEW
      ? this.#bulk(look)
      : this.#command(look));
    for (const label of gone) directory.forget(label);
    this.#forgetStale(stale);
    return read;
  }

  /** Nobody waits for it: whoever looks next does it otherwise. */
  #forgetStale(stale: RowsRead['stale']): void {
    const { keys, isReadOnly, hub } = this.#sources;
    if (isReadOnly() || stale.length === 0 || !hub.command.isReady) return;
    void (async () => {
      const redis = await hub.command.raw();
      for (const { label, stored } of stale) await forgetReason(redis, keys, label, stored);
    })().catch(() => {});
  }

  #open(label: string): Promise<Queue> {
    return this.#sources.directory.openPlain(label);
  }

  #now(): number {
    return this.#sources.serverNow() ?? systemClock.now();
  }

  /** All that goes through it may be repeated. */
  #command<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return gate.run(hub.command, 'fail', 'repeat', async () => ask(await hub.command.raw()));
  }

  #bulk<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return hub.onBulk((bulk) =>
      gate.run(bulk, 'fail', 'repeat', async () => ask(await bulk.raw())),
    );
  }
}

function totalOf({ counts }: QueueRow): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function notFound(label: string): CoordinatorError {
  return new CoordinatorError('NOT_FOUND', `There is no queue "${label}" in this Redis`);
}

function running(label: string, active: number): CoordinatorError {
  return new CoordinatorError(
    'STATE_CONFLICT',
    `Queue "${label}" has running jobs (${active}): wait until they have ended, or delete it all the same with \`force\``,
  );
}
