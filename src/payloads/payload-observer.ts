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
   * @param storedBytes of what stands in its job: the envelope, the pointer where its body lies elsewhere, or the JSON
   */
  packed(queueLabel: string, kind: PayloadKind, plainBytes: number, storedBytes: number): void;
}
