/**
 * What operators may see of the Redis server.
 */
import type { OperatorSources } from '../operator-sources.ts';

/** The server, as operators see it. */
export class RedisOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }
}
