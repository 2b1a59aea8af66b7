/**
 * The overview as it changes: one stream for each tab, closed while nobody looks at the tab.
 *
 * Rows that have not changed stay the same objects, so that only what changed is drawn again. While somebody has rows
 * selected the store is held: it goes on listening and shows nothing new until it is let go.
 */
import type { Client } from '../../../src/client/index.ts';
import { messageOf } from '../../../src/errors.ts';
import type { LiveEvent, OverviewRow, OverviewView } from '../../../src/operations/views.ts';
import { isSignedOut } from '../api/failure.ts';

/** How the stream is: `paused` in a hidden tab, `lost` when the server does not answer, or its stream says nothing. */
export type Phase = 'connecting' | 'live' | 'lost' | 'paused';

/** What is known, but for the rows. */
export interface LiveState extends Omit<OverviewView, 'queues' | 'ageMs'> {
  readonly phase: Phase;
  /** When the server was last heard, on this machine's clock; null: never. */
  readonly heardAt: number | null;
  /** Server's clock minus this machine's, ms. */
  readonly clockAhead: number;
}

/** Whether what is shown is only what was known last. */
export function isAway({ phase, redis }: Pick<LiveState, 'phase' | 'redis'>): boolean {
  return phase === 'lost' || redis !== 'healthy';
}

type Listener = () => void;
interface Follower {
  readonly queue: string;
  readonly pauseMs: number;
  readonly told: Listener;
  isDue: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** The server writes each second; after so long without a word it is asked whether it is there. */
const QUIET_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
/** How long that answer may take. */
const LOOK_TIMEOUT_MS = 3_000;
/** While Redis is healthy, a stream that has been silent for longer is dead, or held back on its way. */
const MOST_SILENT_MS = 10_000;
/** A stream that failed for good (no right to it) is tried again after so long. */
const TRY_AGAIN_MS = 5_000;

/** The overview of this tab. */
export class LiveStore {
  readonly #client: Client;
  readonly #onSignedOut: (reason: string) => void;
  #listeners = new Set<Listener>();
  #followers = new Set<Follower>();
  #rows = new Map<string, OverviewRow>();
  #list: readonly OverviewRow[] = [];
  #lastEventId: string | undefined;
  #holds = 0;
  #isAsking = false;
  /** The server did not answer when it was asked last. */
  #isGone = false;
  #begin = (): void => {};
  /** Since when the stream has not spoken although there was something to say. */
  #silentSince = Date.now();
  #state: LiveState = {
    ...{ phase: 'connecting', heardAt: null, clockAhead: 0, redis: 'healthy', takenAt: null },
    ...{ totals: {}, processes: null, uncounted: [], oldestRowAt: null, isComplete: false },
    problem: null,
  };

  /** @param onSignedOut called with the server's words when it refuses the stream because nobody is signed in */
  constructor(client: Client, onSignedOut: (reason: string) => void) {
    this.#client = client;
    this.#onSignedOut = onSignedOut;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** All rows; the same array until one changes. */
  get rows(): readonly OverviewRow[] {
    return this.#list;
  }

  row(queue: string): OverviewRow | undefined {
    return this.#rows.get(queue);
  }

  /** Whether nothing new is to be shown now. */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** Shows nothing new until what it returns is called. */
  hold(): () => void {
    this.#holds += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#holds -= 1;
      if (this.#holds > 0) return;
      this.#listRows();
      for (const follower of this.#followers) if (follower.isDue) this.#tell(follower);
      this.#notify();
    };
  }

  /** Called after anything has changed. Returns how to stop. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when the row of a queue has changed (`'*'`: any), at most once in `pauseMs`, and not while held. */
  onChange(queue: string, pauseMs: number, told: Listener): () => void {
    const follower: Follower = { queue, pauseMs, told, isDue: false, timer: undefined };
    this.#followers.add(follower);
    return () => {
      clearTimeout(follower.timer);
      this.#followers.delete(follower);
    };
  }

  /** Listens until what it returns is called. */
  open(): () => void {
    const closing = new AbortController();
    let stream: AbortController | undefined;
    const look = (): void => {
      if (document.hidden) {
        stream?.abort();
        stream = undefined;
        this.#set({ phase: 'paused' });
      } else if (!stream) {
        this.#set({ phase: 'connecting' });
        this.#begin();
      }
    };
    this.#begin = () => {
      stream?.abort();
      stream = new AbortController();
      this.#silentSince = Date.now();
      void this.#listen(AbortSignal.any([stream.signal, closing.signal]));
    };
    const timer = setInterval(() => void this.#lookForServer(), LOOK_EVERY_MS);
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      closing.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }

  async #listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const lastEventId = this.#lastEventId;
        const input = lastEventId === undefined ? {} : { lastEventId };
        for await (const event of await this.#client.call('overview.watch', input, { signal })) {
          if (signal.aborted) return;
          this.#lastEventId = event.id;
          if (event.event === 'ended' && event.data.code === 'NOT_AUTHENTICATED')
            return this.#onSignedOut(event.data.detail);
          this.#take(event);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (isSignedOut(error)) return this.#onSignedOut(messageOf(error));
        this.#set({ phase: 'lost', problem: messageOf(error) });
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }

  /** While Redis is away, or cannot be looked at, the stream is silent: whether the server is there is asked for then. */
  async #lookForServer(): Promise<void> {
    const { heardAt } = this.#state;
    if (this.#isPaused || this.#isAsking) return;
    if (heardAt !== null && Date.now() - heardAt < QUIET_MS) return;
    this.#isAsking = true;
    try {
      const options = { timeoutMs: LOOK_TIMEOUT_MS };
      const { status } = await this.#client.call('health.redis', {}, options);
      if (this.#isPaused) return;
      if (this.#isGone) this.#begin(); // By itself the stream would come back within half a minute.
      this.#isGone = false;
      const redis = status === 'healthy' || status === 'disabled' ? status : 'unhealthy';
      const heardAt = Date.now();
      if (redis !== 'healthy' || this.#state.problem !== null) this.#silentSince = heardAt;
      const isSilent = heardAt - this.#silentSince > MOST_SILENT_MS;
      this.#set({ phase: isSilent ? 'lost' : 'live', heardAt, redis });
    } catch {
      this.#isGone = true;
      if (!this.#isPaused) this.#set({ phase: 'lost' });
    } finally {
      this.#isAsking = false;
    }
  }

  get #isPaused(): boolean {
    return this.#state.phase === 'paused';
  }

  #take({ event, data }: LiveEvent): void {
    const heard = { phase: 'live', heardAt: Date.now() } as const;
    this.#silentSince = heard.heardAt;
    if (event === 'overview' || event === 'delta') {
      const { queues, ageMs, ...rest } = data;
      const gone = event === 'overview' ? this.#missingIn(queues) : data.gone;
      if (event === 'overview') this.#replace(queues);
      else {
        for (const row of queues) this.#rows.set(row.queue, row);
        for (const queue of gone) this.#rows.delete(queue);
      }
      const changed = new Set([...queues.map(({ queue }) => queue), ...gone]);
      const { gone: _, ...known } = { gone: [], ...rest };
      const takenBy = data.takenAt !== null && ageMs !== null ? data.takenAt + ageMs : null;
      const clockAhead = takenBy === null ? this.#state.clockAhead : takenBy - Date.now();
      if ((event === 'overview' || changed.size > 0) && !this.isHeld) this.#listRows();
      this.#follow(changed);
      this.#set({ ...known, ...heard, clockAhead });
    } else if (event === 'redis') this.#set({ ...heard, redis: data.redis });
    else if (event === 'ended') this.#set({ phase: 'lost', problem: data.detail });
    else this.#set(heard);
  }

  /** Queues that were there and are not among these. */
  #missingIn(queues: readonly OverviewRow[]): readonly string[] {
    const named = new Set(queues.map(({ queue }) => queue));
    return [...this.#rows.keys()].filter((queue) => !named.has(queue));
  }

  /** Rows that say the same stay the same objects. */
  #replace(queues: readonly OverviewRow[]): void {
    const before = this.#rows;
    this.#rows = new Map(
      queues.map((row) => {
        const known = before.get(row.queue);
        const isSame = known !== undefined && JSON.stringify(known) === JSON.stringify(row);
        return [row.queue, isSame ? known : row];
      }),
    );
  }

  #listRows(): void {
    this.#list = [...this.#rows.values()];
  }

  #follow(changed: ReadonlySet<string>): void {
    for (const follower of this.#followers) {
      const isMeant = follower.queue === '*' ? changed.size > 0 : changed.has(follower.queue);
      if (!isMeant) continue;
      follower.isDue = true;
      if (!this.isHeld) this.#tell(follower);
    }
  }

  /** Soon, and once for all that changes until then. */
  #tell(follower: Follower): void {
    follower.timer ??= setTimeout(() => {
      follower.timer = undefined;
      if (this.isHeld) return;
      follower.isDue = false;
      follower.told();
    }, follower.pauseMs);
  }

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
