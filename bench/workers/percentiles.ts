/**
 * One process of the `percentiles` scenario: counts jobs as a worker's process does and writes them, or merges what
 * all have written and reads it, as the leader does. Times are made up from a seed, so that the exact percentiles
 * are known.
 */
import { Redis } from 'ioredis';
import { loadMetrics, type MetricsInternals } from '../harness/internals.ts';
import { serve } from '../harness/serve.ts';

/** How much a process counts. */
export interface Load {
  readonly queue: string;
  readonly shape: string;
  readonly seed: number;
  readonly jobs: number;
  /** How often it writes meanwhile. */
  readonly flushes: number;
}

/** How full a queue is for the storage figures. */
export interface Fill {
  readonly perMinute: number;
  readonly names: number;
}

/** What this child can do. */
export interface PercentilesWorker {
  /** @param now what the server's clock shows, epoch ms */
  open(argument: { url: string; now: number }): Promise<void>;
  record(argument: Load): Promise<void>;
  /** Merges everything that is older than `now`, and reads percentiles of the wait of a minute. */
  merged(argument: {
    queue: string;
    minute: number;
    now: number;
    shares: readonly number[];
  }): Promise<number[]>;
  /** Writes 24 h of minutes and 90 days of hours. Returns their bytes, and by how much an hour's percentile is off. */
  store(
    argument: Fill,
  ): Promise<{ bytes: number; minuteBytes: number; waitError: number; runError: number }>;
}

/** Hours and minutes differ as much as these do; more of them would change nothing but the time it takes. */
const DISTINCT_MINUTES = 60;
const MINUTES = 24 * 60;
const HOURS = 90 * 24;
/** Minutes that are not settled yet, at most. */
const OPEN_MINUTES = 122;

let internals: MetricsInternals;
let url: string;
let now: number;

serve<PercentilesWorker>({
  async open(argument) {
    internals = await loadMetrics();
    ({ url, now } = argument);
  },

  async record({ queue, shape, seed, jobs, flushes }) {
    const { command, keys, bus } = await connect();
    const { recorder, flush, durations } = internals;
    const draw = durations.draws(durations.createRandom(seed))[shape]!;
    const options = { bus, labelOf: (name: string) => name, serverNow: () => now };
    const counting = new recorder.Recorder(options);
    const writing = new flush.Flush({
      ...{ recorder: counting, command, keys, hostId: `bench:${seed}`, announce: bus.announce },
    });
    const observer = counting.queue(queue);
    for (let i = 0; i < jobs; i++) {
      observer.fetched('mail', draw(), 100);
      observer.ended('mail', 'completed', 1);
      if (i % Math.ceil(jobs / flushes) === 0) await writing.flush();
    }
    await writing.close(10_000);
    command.close();
  },

  async merged({ queue, minute, now: at, shares }) {
    const { command, keys } = await connect();
    const { lease, rollUp, packed, read } = internals;
    const leading = new lease.Lease({ name: 'fleet', connection: command, keys, hostId: 'bench' });
    await leading.acquire();
    const merging = new rollUp.RollUp({
      ...{ command, keys, lease: leading, queues: () => [], serverNow: () => at },
    });
    await merging.round();
    const redis = await command.raw();
    const bytes = await redis.hgetBuffer(keys.minutes(queue), String(minute));
    const { wait } = packed.unpackRecord(bytes!)!.total;
    const from = minute * 60_000;
    const query = { queue, from, to: from + 60_000, step: 'minute' } as const;
    const { figures } = await read.readMetrics(redis, keys, query, at);
    if (figures[0]?.wait?.p99Ms !== wait.quantile(0.99))
      throw new Error('readers get other figures');
    await leading.release();
    command.close();
    return shares.map((share) => wait.quantile(share)!);
  },

  async store(fill) {
    const { packed, record, durations } = internals;
    const redis = new Redis(url);
    await redis.flushall();
    const random = durations.createRandom(11);
    const { lognormal, pareto } = durations.draws(random);
    const minutes = Array.from({ length: DISTINCT_MINUTES }, () => {
      const made = new record.WindowRecord();
      made.minutes = 1;
      made.slotMs = 480_000;
      made.busyMs = Math.floor(random() * 480_000);
      made.arrivals = fill.perMinute;
      made.arrivalMinutes = 1;
      for (let i = 0; i < fill.perMinute; i++) {
        const tally = made.tally(`job-name-${i % fill.names}`);
        tally.completed += 1;
        tally.started += 1;
        tally.added += 1;
        tally.payloadBytes += 500 + Math.floor(random() * 1_500);
        tally.wait.add(lognormal!());
        tally.run.add(pareto!());
      }
      return made;
    });
    const pipeline = redis.pipeline();
    for (let i = 0; i < MINUTES; i++)
      pipeline.hset('minutes', {
        [29_400_000 + i]: (i < OPEN_MINUTES ? packed.packRecord : packed.packSettled)(
          minutes[i % DISTINCT_MINUTES]!,
        ),
      });
    const hour = new record.WindowRecord();
    for (const each of minutes) hour.merge(each);
    const settled = packed.packSettled(hour);
    for (let i = 0; i < HOURS; i++) pipeline.hset('hours', { [490_000 + i]: settled });
    await pipeline.exec();
    const usage = async (key: string): Promise<number> =>
      Number(await redis.memory('USAGE', key, 'SAMPLES', 0));
    const [minuteBytes, hourBytes] = [await usage('minutes'), await usage('hours')];
    redis.disconnect();
    const { wait, run } = packed.unpackRecord(settled)!.tally('job-name-0');
    return {
      bytes: minuteBytes + hourBytes,
      minuteBytes,
      waitError: wait.errorRatio,
      runError: run.errorRatio,
    };
  },
});

async function connect() {
  const { connection, createClient, events, keys } = internals;
  const bus = new events.EventBus();
  const { hostname: host, port } = new URL(url);
  const command = new connection.Connection({
    ...{ role: 'command', name: 'bench', announce: bus.announce },
    createClient: createClient.clientMaker({ options: { host, port: Number(port) } }),
    reconnect: { minDelayMs: 50, maxDelayMs: 500, maxAttempts: 10 },
  });
  await command.client;
  return { command, bus, keys: keys.createKeys('coordinator') };
}
