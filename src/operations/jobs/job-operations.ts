/**
 * What operators may do with jobs, one by one and in bulk.
 */
import type { OperatorSources } from '../operator-sources.ts';

/** Jobs, as operators see them. */
export class JobOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }
}
