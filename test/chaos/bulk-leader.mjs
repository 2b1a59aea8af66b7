// @ts-check
/**
 * A process that carries bulk actions on while it holds the lease, for tests that kill it.
 *
 * Runs on the built package. Settings from the environment: REDIS_URL, HOST_NAME, LEASE_MS.
 */
import { COMPANIONS } from '../../dist/backend/companions.js';
import { Loop } from '../../dist/base/loop.js';
import { BulkRunner } from '../../dist/dead-letters/bulk-runner.js';
import { BulkStore } from '../../dist/dead-letters/bulk-store.js';
import { BULK_COMPANIONS } from '../../dist/dead-letters/companions.js';
import { LetterWork } from '../../dist/dead-letters/letter-work.js';
import { EventBus } from '../../dist/events.js';
import { createKeys } from '../../dist/keys.js';
import { clientMaker } from '../../dist/redis/create-client.js';
import { Hub } from '../../dist/redis/hub.js';
import { Lease } from '../../dist/redis/lease.js';

const url = new URL(process.env.REDIS_URL ?? '');
const host = process.env.HOST_NAME ?? 'leader';
const keys = createKeys('coordinator');
const bus = new EventBus();
const hub = new Hub({
  ...{ app: 'leader', host, pid: process.pid, allowEviction: false, keys },
  createClient: clientMaker({ options: { host: url.hostname, port: Number(url.port) } }),
  reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
  announce: bus.announce,
  companions: [...COMPANIONS, ...BULK_COMPANIONS],
});
hub.open();
await hub.command.client;
const lengthMs = Number(process.env.LEASE_MS ?? 1_000);
const lease = new Lease({ name: 'fleet', connection: hub.command, keys, hostId: host, lengthMs });
const runner = new BulkRunner({
  ...{ hub, leadership: lease, announce: bus.announce, store: new BulkStore(keys) },
  work: new LetterWork({
    keys,
    schemas: { knows: () => false, validate: async () => undefined },
    payloads: {
      of() {
        throw new Error('nothing is patched here');
      },
    },
  }),
});
bus.on('bulk.finished', ({ id, state }) => console.log(`finished ${id} ${state}`));
/** @param {string} loop @param {unknown} error */
const onError = (loop, error) => console.log(`${loop} failed: ${error}`);
/** @param {string} name @param {number} intervalMs @param {() => Promise<void>} run */
const loop = (name, intervalMs, run) => new Loop({ name, intervalMs, run, onError }).start();
loop('lease', lengthMs / 3, async () => {
  const wasHeld = lease.isHeld;
  await lease.acquire();
  if (lease.isHeld && !wasHeld) console.log(`leads ${lease.epoch}`);
});
loop('bulk', 20, () => runner.round());
setInterval(() => {}, 60_000);
console.log('up');
