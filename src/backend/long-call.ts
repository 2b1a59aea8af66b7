/**
 * What is large or slow, for whoever waits for it: over the bulk socket, without a bound on the work itself.
 *
 * A Redis that is away or says nothing is found out first, within `addTimeoutMs`: by a PING on the command socket, on
 * which nothing large is ever in front of it.
 */
import type { Connection } from '../redis/connection.ts';
import type { Hub } from '../redis/hub.ts';
import type { OutageGate } from './outage-gate.ts';

/** What reaching Redis needs. */
export interface LongCallSources {
  readonly hub: Pick<Hub, 'command' | 'onBulk'>;
  readonly gate: Pick<OutageGate, 'run'>;
}

/** Runs it once. Rejects with QUEUE_UNAVAILABLE. */
export async function longCall<T>(
  { hub, gate }: LongCallSources,
  run: (bulk: Connection) => Promise<T>,
): Promise<T> {
  await gate.run(hub.command, 'fail', 'repeat', async () => (await hub.command.raw()).ping());
  return hub.onBulk(async (bulk) => {
    await gate.run(bulk, 'fail', 'repeat', () => bulk.client);
    return run(bulk);
  });
}
