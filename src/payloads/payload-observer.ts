/**
 * Whoever wants to know how large payloads are: the port between the codec and what counts.
 *
 * Called on every packed payload's path, at once and without a wait: it must be cheap, must not throw, and must do no
 * I/O.
 */
import type { PayloadKind } from './payload-codec.ts';

/** Hears of payloads that this process has packed by the policy of their queue. */
export interface PayloadObserver {
  /**
   * @param queueLabel name of the queue inside Drover's keys
   * @param plainBytes of its JSON
   * @param storedBytes of what is stored, or offloaded next
   */
  packed(queueLabel: string, kind: PayloadKind, plainBytes: number, storedBytes: number): void;
  /** A body was written. @param bodyBytes its length */
  offloaded(queueLabel: string, kind: PayloadKind, bodyBytes: number): void;
}
