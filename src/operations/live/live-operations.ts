/**
 * Everything at a glance, once or as it changes: one sampler for all viewers.
 *
 * Answers come from memory; who asks first waits for a sample. While Redis is away they hold what was known last, and
 * its age. Nobody is shown a queue that they may not read, nor counts that hold it.
 */
import { randomUUID } from 'node:crypto';
import type { Principal } from '../../access/principal.ts';
import { CoordinatorError, RateLimited } from '../../errors.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { sightName, sightOf } from './live-changes.ts';
import { LiveStream, toOverview } from './live-stream.ts';
import type { LiveEvent, OverviewView } from './live-views.ts';
import { OverviewSampler } from './overview-sampler.ts';

/** Streams that are open at a time. */
const MOST_STREAMS = 500;
const MOST_STREAMS_EACH = 20;
const TRY_AGAIN_MS = 5_000;

/** The overview. */
export class LiveOperations {
  readonly #sampler: OverviewSampler;
  readonly #stream: LiveStream;
  readonly #closing = new AbortController();
  /** Open streams, by who has them. */
  readonly #open = new Map<string, number>();
  #total = 0;

  constructor(sources: OperatorSources) {
    const { hub, keys, health, config } = sources;
    this.#sampler = new OverviewSampler({
      ...{ hub, keys, directory: sources.directory, timeoutMs: config.addTimeoutMs },
      redis: () => toState(health.redis().status),
      isWatched: () => this.#total > 0,
      onRound: (moment) => this.#stream.push(moment, this.#sampler.ageMs),
    });
    this.#stream = new LiveStream(randomUUID().slice(0, 8), this.#sampler.last);
  }

  /** Everything, as `principal` may see it. */
  async overview(principal: Pick<Principal, 'grants'>): Promise<OverviewView> {
    return toOverview(await this.#sampler.ask(), this.#sampler.ageMs, sightOf(principal));
  }

  /**
   * Everything, then what changes, until `signal` aborts or this process stops. Throws RATE_LIMITED when too many are
   * open already.
   */
  watch(
    principal: Pick<Principal, 'kind' | 'id' | 'grants'>,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncIterableIterator<LiveEvent> {
    const end = this.#admit(`${principal.kind}:${principal.id}`);
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    if (ended.aborted) end();
    else ended.addEventListener('abort', end, { once: true });
    const eyes = { name: sightName(principal), sees: sightOf(principal) };
    return endingWith(this.#events(eyes, lastEventId, ended), end);
  }

  /** Streams that are open. */
  get streams(): number {
    return this.#total;
  }

  /** For a loop, once a second. */
  round(): Promise<void> {
    return this.#sampler.round();
  }

  /** Ends all streams. */
  close(): void {
    this.#closing.abort();
  }

  async *#events(
    eyes: Parameters<LiveStream['read']>[0],
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    const moment = await this.#sampler.ask();
    this.#stream.push(moment, this.#sampler.ageMs);
    yield* this.#stream.read(eyes, lastEventId, signal);
  }

  /** Counts a stream; what it returns ends that, once. */
  #admit(id: string): () => void {
    if (this.#closing.signal.aborted)
      throw new CoordinatorError('STOPPED', 'This process is stopping: ask another one');
    const own = this.#open.get(id) ?? 0;
    if (own >= MOST_STREAMS_EACH || this.#total >= MOST_STREAMS)
      throw new RateLimited(
        TRY_AGAIN_MS,
        own >= MOST_STREAMS_EACH
          ? `You have ${own} live streams open, the most there may be: close one`
          : `${this.#total} live streams are open in this process, the most there may be: ask again later, or ask for the overview`,
      );
    this.#open.set(id, own + 1);
    this.#total += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#total -= 1;
      const left = this.#open.get(id)! - 1;
      if (left > 0) this.#open.set(id, left);
      else this.#open.delete(id);
    };
  }
}

function toState(status: string): OverviewView['redis'] {
  return status === 'healthy' || status === 'disabled' ? status : 'unhealthy';
}

/** A generator that has not begun runs no `finally`: so `end` is called from outside of it. */
function endingWith<T>(
  events: AsyncGenerator<T, void, undefined>,
  end: () => void,
): AsyncIterableIterator<T> {
  const next = async (): Promise<IteratorResult<T>> => {
    try {
      const result = await events.next();
      if (result.done) end();
      return result;
    } catch (error) {
      end();
      throw error;
    }
  };
  const iterator: AsyncIterableIterator<T> = {
    next,
    async return() {
      end();
      return events.return();
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
