// @ts-check
/**
 * A process that writes to the audit, for tests that run several of them or kill one. Runs on the built package.
 *
 * Settings from the environment: REDIS_URL, HOST_NAME, ENTRIES. With HANGS=1 it acts once: it writes the intention, says
 * `acting`, and never ends.
 */
import { AuditChain } from '../../dist/access/audit-chain.js';
import { AuditLog } from '../../dist/access/audit-log.js';
import { OutageGate } from '../../dist/backend/outage-gate.js';
import { EventBus } from '../../dist/events.js';
import { createKeys } from '../../dist/keys.js';
import { clientMaker } from '../../dist/redis/create-client.js';
import { Hub } from '../../dist/redis/hub.js';

const url = new URL(process.env.REDIS_URL ?? '');
const host = process.env.HOST_NAME ?? 'writer';
const keys = createKeys('coordinator');
const { announce } = new EventBus();
const hub = new Hub({
  ...{ app: 'audit', host, pid: process.pid, allowEviction: false, keys, announce },
  createClient: clientMaker({ options: { host: url.hostname, port: Number(url.port) } }),
  reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
});
hub.open();
await hub.command.client;
const now = () => Date.now();
const chain = new AuditChain({ hub, gate: new OutageGate(hub, 10_000), keys, announce, now });
const audit = new AuditLog({ chain, announce, isReadOnly: () => false, now });

/** @param {string} correlationId */
const intent = (correlationId) => ({
  ...{
    action: 'queues.pause',
    actor: { kind: /** @type {const} */ ('basic'), id: host, name: host },
  },
  ...{ queue: 'thumbnails', parameters: {}, address: null, correlationId },
});

if (process.env.HANGS) {
  await audit.begin(intent('killed'));
  console.log('acting');
  setInterval(() => {}, 60_000);
} else {
  const entries = Number(process.env.ENTRIES ?? 500);
  for (let i = 0; i < entries / 2; i += 1) {
    const id = await audit.begin(intent(`${host}-${i}`));
    await audit.end(id, intent(`${host}-${i}`), { result: 'done', code: null });
  }
  console.log(`written, ${audit.held} held`);
  hub.close();
}
