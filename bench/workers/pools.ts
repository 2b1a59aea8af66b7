/**
 * One process of the `scaling-cost` scenario: leads the fleet, or is a member of it, and does nothing beside that.
 */
import { loadPools, type PoolInternals } from '../harness/internals.ts';
import { serve } from '../harness/serve.ts';

/** What this child can do. */
export interface PoolsWorker {
  /** Scales all pools, once a second. */
  lead(argument: { url: string }): Promise<void>;
  /** Has these pools, and says so once a second. Their jobs are made up. */
  join(argument: { url: string; host: string; queues: readonly string[] }): Promise<void>;
}

const RECONNECT = { minDelayMs: 50, maxDelayMs: 1_000, maxAttempts: Number.POSITIVE_INFINITY };
const LEASE_EVERY_MS = 3_000;
const SECOND_MS = 1_000;
/** Of each pool in each process. */
const JOBS_PER_SECOND = 0.5;
const JOB_MS = 500;
const CALM = {
  ...{ elapsedMs: 1_000, loopUtilisation: 0.1, loopDelayP99Ms: 1, cpuRatio: 0.1 },
  ...{ memoryRatio: 0.1, memoryLimitBytes: 1e9, rssBytes: 1e8 },
};

const onError = (loop: string, error: unknown): void => console.error(`${loop}: ${error}`);

async function openHub(internals: PoolInternals, url: string, host: string) {
  const { events, keys, hub, createClient } = internals;
  const bus = new events.EventBus();
  const opened = new hub.Hub({
    ...{ app: 'scaling-cost', host, pid: process.pid, allowEviction: true },
    ...{ keys: keys.createKeys('coordinator'), announce: bus.announce, reconnect: RECONNECT },
    createClient: createClient.clientMaker({
      options: { host: '127.0.0.1', port: Number(new URL(url).port) },
    }),
  });
  opened.open();
  await opened.command.client;
  return { bus, hub: opened, keys: keys.createKeys('coordinator') };
}

/** A pool whose slots are half busy with jobs of half a second, by the clock. */
function createPool({ options }: PoolInternals, queue: string) {
  const settings = options.resolvePool({ min: 1, max: 40 }, { isFile: false });
  let slots = 1;
  return {
    ...{ queue, settings },
    get slots() {
      return slots;
    },
    get active() {
      return 0;
    },
    get figures() {
      const started = Math.floor((performance.now() / SECOND_MS) * JOBS_PER_SECOND);
      const ended = { started, ended: started, returned: 0, runs: started };
      const [busyMs, runMsSquared] = [started * JOB_MS, started * JOB_MS ** 2];
      return { ...ended, busyMs, runMs: busyMs, runMsSquared };
    },
    isPaused: false,
    setSlots(wanted: number) {
      slots = wanted;
    },
  };
}

serve<PoolsWorker>({
  async lead({ url }) {
    const internals = await loadPools();
    const { bus, hub, keys } = await openHub(internals, url, 'leader');
    const { command } = hub;
    const { announce } = bus;
    const lease = new internals.lease.Lease({
      ...{ name: 'fleet', connection: command, keys, hostId: 'leader' },
    });
    const scaler = new internals.scaler.Scaler({ command, keys, announce, lease });
    await lease.acquire();
    const loops = [
      { name: 'lease', intervalMs: LEASE_EVERY_MS, run: async () => void (await lease.acquire()) },
      { name: 'pools', intervalMs: SECOND_MS, run: () => scaler.round() },
    ];
    for (const each of loops) new internals.loop.Loop({ ...each, onError }).start();
  },

  async join({ url, host, queues }) {
    const internals = await loadPools();
    const { bus, hub, keys } = await openHub(internals, url, host);
    const pools = queues.map((queue) => createPool(internals, queue));
    const member = new internals.member.PoolMember({
      ...{ hub, keys, bus, host, version: '1.0.0', id: () => `${host}:${process.pid}` },
      ...{ workers: { pools }, pressure: { look: async () => CALM, stop: () => {} } },
    });
    const run = () => member.round();
    new internals.loop.Loop({ name: 'member', intervalMs: SECOND_MS, run, onError }).start();
  },
});
