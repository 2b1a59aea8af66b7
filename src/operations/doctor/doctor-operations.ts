/**
 * What is wrong with this Redis and these queues, and how to mend it.
 */
import type { OperatorSources } from '../operator-sources.ts';

/** The doctor. */
export class DoctorOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }
}
