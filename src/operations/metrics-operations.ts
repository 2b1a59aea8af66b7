/**
 * What anybody may ask about the figures of a process.
 *
 * The exposition is open to everybody who reaches it, as scrapers need it: it holds names of queues and of jobs,
 * counts and times, and no data, ids, errors or credentials. It comes from memory and never waits for Redis.
 */
import { Exposition, type MetricRegistry } from '../metrics/exposition.ts';
import type { ExpositionFigures } from '../metrics/exposition-input.ts';

/** What the answers are made of. */
export interface MetricsSources {
  /** Everything of one scrape. From memory. */
  readonly figures: () => ExpositionFigures;
}

/** The questions about figures. */
export interface MetricsOperations {
  /** The metrics of this process as Prometheus reads them, in its text format 0.0.4. */
  exposition(): Promise<string>;
  /**
   * Has a registry of prom-client's tell the same metrics, beside an application's own. Once for each registry:
   * names that are taken already throw.
   */
  collectInto(registry: MetricRegistry): void;
}

/** Binds the questions to a coordinator's parts. */
export function createMetricsOperations({ figures }: MetricsSources): MetricsOperations {
  const exposition = new Exposition(figures);
  return {
    exposition: () => exposition.text(),
    collectInto: (registry) => exposition.collectInto(registry),
  };
}
