/**
 * The sockets of a process that is made of single parts, for tests of these: silent unless told otherwise, quick to
 * reconnect, closed with the test.
 */
import { onTestFinished } from 'vitest';
import { EventBus } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Hub, type HubOptions } from '../../src/redis/hub.ts';

/** Opens them, without waiting for Redis. */
export function openHub(
  server: { readonly host: string; readonly port: number },
  options: Partial<HubOptions> = {},
): Hub {
  const hub = new Hub({
    ...{ app: 'test', host: 'test', pid: 1, allowEviction: true, keys: createKeys('coordinator') },
    createClient: clientMaker({ options: { host: server.host, port: server.port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    announce: new EventBus().announce,
    ...options,
  });
  onTestFinished(() => hub.close());
  hub.open();
  return hub;
}
