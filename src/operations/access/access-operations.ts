/**
 * What operators may do with API tokens and the audit.
 */
import type { OperatorSources } from '../operator-sources.ts';

/** Tokens and audit. */
export class AccessOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }
}
