/**
 * Parts of Drover that are not exported, for scenarios that measure one part alone.
 */

/** From bench/dist/harness. */
const load = (path: string): Promise<unknown> =>
  import(new URL(`../../../dist/${path}.js`, import.meta.url).href);

/** The built modules of `src/metrics` and what they need. */
export interface MetricsInternals {
  readonly events: typeof import('../../src/events.ts');
  readonly keys: typeof import('../../src/keys.ts');
  readonly connection: typeof import('../../src/redis/connection.ts');
  readonly createClient: typeof import('../../src/redis/create-client.ts');
  readonly lease: typeof import('../../src/redis/lease.ts');
  readonly recorder: typeof import('../../src/metrics/recorder.ts');
  readonly flush: typeof import('../../src/metrics/flush.ts');
  readonly rollUp: typeof import('../../src/metrics/roll-up.ts');
  readonly read: typeof import('../../src/metrics/read-metrics.ts');
  readonly packed: typeof import('../../src/metrics/packed-record.ts');
  readonly record: typeof import('../../src/metrics/window-record.ts');
  readonly durations: typeof import('../../src/metrics/random-durations.ts');
}

const PATHS: Readonly<Record<keyof MetricsInternals, string>> = {
  events: 'events',
  keys: 'keys',
  connection: 'redis/connection',
  createClient: 'redis/create-client',
  lease: 'redis/lease',
  recorder: 'metrics/recorder',
  flush: 'metrics/flush',
  rollUp: 'metrics/roll-up',
  read: 'metrics/read-metrics',
  packed: 'metrics/packed-record',
  record: 'metrics/window-record',
  durations: 'metrics/random-durations',
};

/** Loads them. */
export async function loadMetrics(): Promise<MetricsInternals> {
  const modules = await Promise.all(
    Object.entries(PATHS).map(async ([name, path]) => [name, await load(path)]),
  );
  return Object.fromEntries(modules) as MetricsInternals; // The paths are those of the types.
}
