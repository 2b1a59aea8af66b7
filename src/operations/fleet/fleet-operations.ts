/**
 * What operators may do with the processes that run jobs.
 */
import type { OperatorSources } from '../operator-sources.ts';

/** Processes that run jobs. */
export class FleetOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }

  /** Has whichever process runs a job stop it. */
  async cancel(
    _queue: string,
    _job: string,
    _by: string,
    _reason: string | undefined,
  ): Promise<'cancelled' | 'asked'> {
    return 'asked';
  }
}
