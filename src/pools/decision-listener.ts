/**
 * Listens to the stream of decisions, so that they are applied at once.
 *
 * Only a bell: what was decided is read from the pools themselves. After a break it listens anew from now on, since
 * whoever reconnects asks anyway. Where the stream may not be read it does without, and tries again now and then.
 */
import type { Clock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import type { Keys } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import type { EventReader, StreamEntry } from '../redis/listening.ts';

/** What listening needs. */
export interface DecisionListenerOptions {
  readonly hub: Pick<Hub, 'listening'>;
  readonly keys: Keys;
  /** Whether a queue has a pool here. */
  readonly isOwn: (queue: string) => boolean;
  readonly onDecision: () => void;
  readonly clock: Clock;
}

/** One tick of the leader may write many entries: they ring once. */
const GATHER_MS = 50;
const AGAIN_AFTER_MS = 60_000;

/** Rings when something was decided for a pool of this process. */
export class DecisionListener {
  readonly #options: DecisionListenerOptions;
  readonly #stopping = new AbortController();
  #reader: EventReader | undefined;
  #isStarted = false;

  constructor(options: DecisionListenerOptions) {
    this.#options = options;
  }

  /** Begins to listen; harmless when it already does. */
  start(): void {
    if (this.#isStarted || this.#stopping.signal.aborted) return;
    this.#isStarted = true;
    void this.#run();
  }

  stop(): void {
    this.#stopping.abort();
    if (this.#reader) this.#options.hub.listening.interrupt(this.#reader);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#listen();
      } catch {
        // Not allowed, or the hub is closed: the question of each second does without.
        await this.#pause(AGAIN_AFTER_MS);
      }
    }
  }

  /** Until the connection breaks. */
  async #listen(): Promise<void> {
    const { hub, keys, isOwn, onDecision } = this.#options;
    const reader: EventReader = { key: keys.decisions(), behind: false };
    this.#reader = reader;
    try {
      for (let id = '$'; !this.#stopping.signal.aborted; ) {
        const read = await hub.listening.read(reader, id, 0);
        if (!read) return;
        const entries = read[0]![1];
        id = entries.at(-1)![0];
        if (!entries.some((entry) => isOwn(queueOf(entry)))) continue;
        await this.#pause(GATHER_MS);
        onDecision();
      }
    } finally {
      hub.listening.interrupt(reader);
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    await sleep(ms, { signal, clock: this.#options.clock, background: true });
  }
}

function queueOf([, fields]: StreamEntry): string {
  const at = fields.findIndex((field, i) => i % 2 === 0 && field === 'queue');
  return at < 0 ? '' : (fields[at + 1] ?? '');
}
