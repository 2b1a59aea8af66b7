/**
 * What the codecs of this process have packed: counted by queue and kind, for views and metrics.
 */
import type { PayloadKind } from './payload-codec.ts';

/** Hears of every payload of a queue with a policy. Called on a job's path: it must be quick and never throw. */
export interface PayloadObserver {
  /** @param plainBytes of the JSON · @param storedBytes of what is stored, or offloaded next */
  packed(queueLabel: string, kind: PayloadKind, plainBytes: number, storedBytes: number): void;
  /** A body was written. @param bodyBytes its length */
  offloaded(queueLabel: string, kind: PayloadKind, bodyBytes: number): void;
}

/** Since the process has started. */
export interface PayloadCount {
  readonly queue: string;
  readonly kind: PayloadKind;
  readonly packed: number;
  readonly plainBytes: number;
  readonly storedBytes: number;
  readonly offloaded: number;
  readonly offloadedBytes: number;
}

type Sums = { -readonly [K in keyof PayloadCount]: PayloadCount[K] };

/** Counts, and passes on to whoever else wants to know. */
export class PayloadCounts implements PayloadObserver {
  readonly #sums = new Map<string, Map<PayloadKind, Sums>>();
  readonly #further: PayloadObserver | undefined;

  constructor(further?: PayloadObserver) {
    this.#further = further;
  }

  packed(queueLabel: string, kind: PayloadKind, plainBytes: number, storedBytes: number): void {
    const sums = this.#of(queueLabel, kind);
    sums.packed += 1;
    sums.plainBytes += plainBytes;
    sums.storedBytes += storedBytes;
    this.#further?.packed(queueLabel, kind, plainBytes, storedBytes);
  }

  offloaded(queueLabel: string, kind: PayloadKind, bodyBytes: number): void {
    const sums = this.#of(queueLabel, kind);
    sums.offloaded += 1;
    sums.offloadedBytes += bodyBytes;
    this.#further?.offloaded(queueLabel, kind, bodyBytes);
  }

  /** A copy. */
  get all(): readonly PayloadCount[] {
    return [...this.#sums.values()].flatMap((kinds) =>
      [...kinds.values()].map((sums) => ({ ...sums })),
    );
  }

  #of(queue: string, kind: PayloadKind): Sums {
    const kinds = this.#sums.get(queue) ?? new Map<PayloadKind, Sums>();
    this.#sums.set(queue, kinds);
    let sums = kinds.get(kind);
    if (!sums) {
      sums = {
        ...{ queue, kind, packed: 0, plainBytes: 0, storedBytes: 0 },
        ...{ offloaded: 0, offloadedBytes: 0 },
      };
      kinds.set(kind, sums);
    }
    return sums;
  }
}
