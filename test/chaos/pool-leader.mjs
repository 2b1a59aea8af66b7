// @ts-check
/**
 * A process that scales pools while it holds the lease, for tests that stop, kill and cut off several of them.
 *
 * Runs on the built package. Settings from the environment: REDIS_URL, HOST_NAME, LEASE_MS.
 */
import { Loop } from '../../dist/base/loop.js';
import { EventBus } from '../../dist/events.js';
import { createKeys } from '../../dist/keys.js';
import { Scaler } from '../../dist/pools/scaler.js';
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
});
hub.open();
await hub.command.client;
const { command } = hub;
const lengthMs = Number(process.env.LEASE_MS ?? 1_000);
const lease = new Lease({ name: 'fleet', connection: command, keys, hostId: host, lengthMs });
const scaler = new Scaler({ command, keys, announce: bus.announce, lease });
bus.on('pool.superseded', ({ epoch }) => console.log(`superseded ${epoch}`));
const onError = () => {}; // Redis is killed, too.
/** @param {string} name @param {number} intervalMs @param {() => Promise<void>} run */
const loop = (name, intervalMs, run) => new Loop({ name, intervalMs, run, onError }).start();
loop('lease', lengthMs / 4, async () => {
  const wasHeld = lease.isHeld;
  await lease.acquire();
  if (lease.isHeld && !wasHeld) console.log(`leads ${lease.epoch}`);
});
loop('pools', 10, () => scaler.round());
setInterval(() => {}, 60_000);
console.log('up');
