/**
 * Everything at a glance, once or as it changes: one sampler for all viewers.
 */
import type { OperatorSources } from '../operator-sources.ts';

/** The overview. */
export class LiveOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }
}
