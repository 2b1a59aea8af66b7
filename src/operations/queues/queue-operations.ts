/**
 * What operators may do with queues and their schedulers.
 */
import type { OperatorSources } from '../operator-sources.ts';

/** Queues, as operators see them. */
export class QueueOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }
}
