/** An audit on a test's own Redis, without a coordinator around it. */
import { onTestFinished } from 'vitest';
import { AUDIT_LIMITS, AuditChain, type AuditLimits } from '../../src/access/audit-chain.ts';
import { type ChainPlace, chainEntry, GENESIS } from '../../src/access/audit-entry.ts';
import { AuditLog } from '../../src/access/audit-log.ts';
import { AuditReader } from '../../src/access/audit-reader.ts';
import type { AuditIntent } from '../../src/access/audit-trail.ts';
import { AuditVerifier, type Verification } from '../../src/access/audit-verify.ts';
import { OutageGate } from '../../src/backend/outage-gate.ts';
import { systemClock } from '../../src/base/clock.ts';
import { EventBus, type EventName } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Hub } from '../../src/redis/hub.ts';

export const keys = createKeys('coordinator');

/** Something that ann does. */
export function intent(fields: Partial<AuditIntent> = {}): AuditIntent {
  return {
    ...{ action: 'queues.pause', actor: { kind: 'basic', id: 'ann', name: 'Ann' } },
    ...{ queue: 'thumbnails', parameters: { reason: 'deploy' }, address: null, correlationId: 'c' },
    ...fields,
  };
}

/** Opens sockets of its own, closed with the test. */
export async function openAudit(
  server: { host: string; port: number; url?: string },
  { limits, timeoutMs = 2_000, user }: AuditOptions = {},
) {
  const bus = new EventBus();
  const heard: { name: EventName; payload: object }[] = [];
  bus.onAny((name, payload) => heard.push({ name, payload }));
  const hub = new Hub({
    ...{ app: 'audit', host: 'test', pid: process.pid, allowEviction: false, keys },
    createClient: clientMaker({
      options: { host: server.host, port: server.port, ...(user && { ...user }) },
    }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    announce: bus.announce,
  });
  onTestFinished(() => hub.close());
  hub.open();
  await hub.command.client;
  const gate = new OutageGate(hub, timeoutMs);
  const { announce } = bus;
  const now = (): number => systemClock.now();
  const chain = new AuditChain({ hub, gate, keys, announce, now, ...(limits && { limits }) });
  const audit = new AuditLog({ chain, announce, isReadOnly: () => false, now });
  const reader = new AuditReader({ hub, gate, keys });
  return {
    hub,
    chain,
    audit,
    reader,
    heard,
    verify: (at?: ChainPlace) => verify(reader, limits, at),
  };
}

/** What differs from a plain one. */
export interface AuditOptions {
  readonly limits?: AuditLimits;
  readonly timeoutMs?: number;
  readonly user?: { readonly username: string; readonly password: string };
}

async function verify(
  reader: AuditReader,
  { mostEntries }: AuditLimits = AUDIT_LIMITS,
  outside?: ChainPlace,
): Promise<Verification> {
  const [head, anchors] = [await reader.head(), await reader.anchors()];
  const verifier = new AuditVerifier({ anchors, outside, mostEntries });
  for (let page = await reader.after(); page.length > 0; ) {
    for (const entry of page) verifier.add(entry);
    page = await reader.after(page.at(-1)!.id);
  }
  return verifier.finish(head);
}

/** Entries of a chain, as they are stored. */
export function chainOf(length: number, from: ChainPlace = GENESIS) {
  const entries = [];
  for (let last = from; entries.length < length; last = entries.at(-1)!)
    entries.push(chainEntry(last, { kind: 'intent', at: 1, ...intent() }));
  return entries;
}
