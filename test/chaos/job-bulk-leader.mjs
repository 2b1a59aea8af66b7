// @ts-check
/**
 * A process that carries bulk actions on jobs on while it holds the lease, for tests that kill it.
 *
 * Runs on the built package. Settings from the environment: REDIS_URL, HOST_NAME, LEASE_MS.
 */
import { COMPANIONS } from '../../dist/backend/companions.js';
import { Loop } from '../../dist/base/loop.js';
import { BulkRunner } from '../../dist/dead-letters/bulk-runner.js';
import { BulkStore } from '../../dist/dead-letters/bulk-store.js';
import { EventBus } from '../../dist/events.js';
import { createKeys } from '../../dist/keys.js';
import { JobBulkWork } from '../../dist/operations/jobs/job-bulk-work.js';
import { JOB_COMPANIONS } from '../../dist/operations/jobs/job-steps.js';
import { Payloads } from '../../dist/payloads/payloads.js';
import { clientMaker } from '../../dist/redis/create-client.js';
import { Hub } from '../../dist/redis/hub.js';
import { Lease } from '../../dist/redis/lease.js';

const url = new URL(process.env.REDIS_URL ?? '');
const host = process.env.HOST_NAME ?? 'leader';
const keys = createKeys('coordinator');
const bus = new EventBus();
const { announce } = bus;
const hub = new Hub({
  ...{ app: 'leader', host, pid: process.pid, allowEviction: false, keys, announce },
  createClient: clientMaker({ options: { host: url.hostname, port: Number(url.port) } }),
  reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
  companions: [...COMPANIONS, ...JOB_COMPANIONS],
});
hub.open();
await hub.command.client;
const lengthMs = Number(process.env.LEASE_MS ?? 1_000);
const lease = new Lease({ name: 'fleet', connection: hub.command, keys, hostId: host, lengthMs });
const bodies = { stores: [], graceMs: 86_400_000 };
const payloads = new Payloads({ config: { bodies }, hub, keys, announce, observer: undefined });
const store = new BulkStore({
  ...{ bulks: keys.jobBulks, bulk: keys.jobBulk, bulkIds: keys.jobBulkIds },
});
const work = new JobBulkWork({ keys, payloads: payloads.codecs });
const runner = new BulkRunner({ hub, announce, leadership: lease, store, work });
bus.on('bulk.finished', ({ id, state }) => console.log(`finished ${id} ${state}`));
/** @param {string} loop @param {unknown} error */
const onError = (loop, error) => console.log(`${loop} failed: ${error}`);
/** @param {string} name @param {number} intervalMs @param {() => Promise<void>} run */
const loop = (name, intervalMs, run) => new Loop({ name, intervalMs, run, onError }).start();
loop('lease', lengthMs / 3, async () => void (await lease.acquire()));
loop('bulk', 20, () => runner.round());
setInterval(() => {}, 60_000);
console.log('up');
