/**
 * The events of recorded queues, as BullMQ's listeners read them: those after the last one that they have seen.
 *
 * A listener waits without a timer, until there is something or it is closed.
 */

/** One event: its id, and its fields by turns with their values. */
export type RecordedEvent = readonly [id: string, fields: readonly string[]];

/** Keeps events and wakes those who wait for them. */
export class RecordedEvents {
  readonly #events: {
    readonly queueKey: string;
    readonly number: number;
    readonly fields: string[];
  }[] = [];
  readonly #waiting = new Set<() => void>();

  /** Tells an event to the listeners of a queue. */
  tell(queueKey: string, event: string, about: Readonly<Record<string, string>>): void {
    const fields = Object.entries({ event, ...about }).flat();
    this.#events.push({ queueKey, number: this.#events.length + 1, fields });
    this.wake();
  }

  /** Number of the last event. */
  get last(): number {
    return this.#events.length;
  }

  /** Events of a queue after the one of this number; waits for one until `isOver` says that nobody wants it. */
  async after(
    queueKey: string,
    number: number,
    isOver: () => boolean,
  ): Promise<readonly RecordedEvent[]> {
    for (;;) {
      const found = this.#events.filter(
        (each) => each.number > number && each.queueKey === queueKey,
      );
      if (found.length > 0 || isOver()) return found.map((each) => [`${each.number}`, each.fields]);
      await this.next();
    }
  }

  /** Resolves with the next event, or when all are woken. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Has all who wait look again. */
  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
