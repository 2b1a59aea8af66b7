/**
 * The text that Prometheus scrapes, written by prom-client from figures in memory.
 *
 * Each metric of the catalogue is a collector that asks for the figures when it is read; all of one scrape read
 * the same ones. The registry is the exposition's own, since the default one of prom-client is shared by the
 * whole process; a user's registry can be given the same collectors. A scrape must never ask Redis.
 */
import type { Registry, RegistryContentType } from 'prom-client';
import type { ExpositionFigures } from './exposition-input.ts';
import { type Sample, samplesOf } from './exposition-series.ts';
import { METRICS, type MetricDescription, type MetricName } from './metric-catalogue.ts';

/** A registry of prom-client's, of either of its content types. */
export type MetricRegistry = Pick<Registry<RegistryContentType>, 'registerMetric' | 'contentType'>;

/** What prom-client calls on a metric to read it. */
interface Collector {
  /** prom-client takes `_total` off for OpenMetrics. */
  name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: 'sum' | 'max';
  get(): Promise<Reading>;
  /** As `get`, for the text alone: samples may have shared labels. */
  getForPromString(): Promise<Reading>;
  reset(): void;
}
interface Reading extends Pick<Collector, 'name' | 'help' | 'type' | 'aggregator'> {
  readonly values: readonly Sample[];
}

/** Writes the text of one coordinator. */
export class Exposition {
  readonly #figures: () => ExpositionFigures;
  #registry: Registry | undefined;
  #current: ExpositionFigures | undefined;

  constructor(figures: () => ExpositionFigures) {
    this.#figures = figures;
  }

  /** The text, in the format 0.0.4. */
  async text(): Promise<string> {
    if (!this.#registry) {
      // Loading it takes some 40 ms, which only those pay who are scraped.
      const { Registry } = await import('prom-client');
      const registry = new Registry();
      this.collectInto(registry);
      this.#registry ??= registry;
    }
    return this.#registry.metrics();
  }

  /** Has another registry tell these metrics, too. Throws when it has metrics of the same names already. */
  collectInto(registry: MetricRegistry): void {
    for (const name of Object.keys(METRICS) as MetricName[])
      registry.registerMetric(this.#collector(name, registry) as never);
  }

  #collector(name: MetricName, { contentType }: MetricRegistry): Collector {
    const { help, scope, ...metric }: MetricDescription = METRICS[name];
    const isOpen = contentType.startsWith('application/openmetrics-text');
    const type = isOpen && metric.type === 'untyped' ? 'unknown' : metric.type;
    const read = ({ name: ownName, aggregator }: Collector): Reading => {
      const values = samplesOf(name, this.#figuresOfNow());
      return { name: ownName, help, type, aggregator, values };
    };
    return {
      ...{ name, help, type, aggregator: scope === 'fleet' ? 'max' : 'sum' },
      async get() {
        const reading = read(this);
        return { ...reading, values: reading.values.map(withAllLabels) };
      },
      async getForPromString() {
        return read(this);
      },
      reset() {}, // The figures are not ours to clear.
    };
  }

  /** A registry reads all its metrics in one go: they get the figures of one moment. */
  #figuresOfNow(): ExpositionFigures {
    if (!this.#current) {
      this.#current = this.#figures();
      queueMicrotask(() => {
        this.#current = undefined;
      });
    }
    return this.#current;
  }
}

function withAllLabels({ labels, sharedLabels, ...sample }: Sample): Sample {
  return { ...sample, labels: { ...sharedLabels, ...labels } };
}
