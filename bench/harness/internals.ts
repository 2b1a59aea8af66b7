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
export function loadMetrics(): Promise<MetricsInternals> {
  return loadAll<MetricsInternals>(PATHS);
}

/** The built modules of `src/pools` and what they need. */
export interface PoolInternals {
  readonly events: typeof import('../../src/events.ts');
  readonly keys: typeof import('../../src/keys.ts');
  readonly loop: typeof import('../../src/base/loop.ts');
  readonly hub: typeof import('../../src/redis/hub.ts');
  readonly createClient: typeof import('../../src/redis/create-client.ts');
  readonly lease: typeof import('../../src/redis/lease.ts');
  readonly scaler: typeof import('../../src/pools/scaler.ts');
  readonly member: typeof import('../../src/pools/pool-member.ts');
  readonly options: typeof import('../../src/workers/pool-options.ts');
}

/** Loads them. */
export function loadPools(): Promise<PoolInternals> {
  return loadAll<PoolInternals>({
    events: 'events',
    keys: 'keys',
    loop: 'base/loop',
    hub: 'redis/hub',
    createClient: 'redis/create-client',
    lease: 'redis/lease',
    scaler: 'pools/scaler',
    member: 'pools/pool-member',
    options: 'workers/pool-options',
  });
}

/** The built codecs of `src/payloads` and what they need. */
export interface PayloadInternals {
  readonly codecs: typeof import('../../src/payloads/codecs.ts');
  readonly keys: typeof import('../../src/keys.ts');
}

/** Loads them. */
export function loadPayloads(): Promise<PayloadInternals> {
  return loadAll<PayloadInternals>({ codecs: 'payloads/codecs', keys: 'keys' });
}

async function loadAll<T>(paths: Readonly<Record<keyof T & string, string>>): Promise<T> {
  const modules = await Promise.all(
    Object.entries<string>(paths).map(async ([name, path]) => [name, await load(path)]),
  );
  return Object.fromEntries(modules) as T; // The paths are those of the types.
}
