/**
 * Coordinators and plain clients for tests: silent, pointed at a test's own server, ended with the test.
 */
import {
  Coordinator,
  type CoordinatorEvents,
  type CoordinatorOptions,
  type EventName,
} from 'drover';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';

/** A started coordinator without logs, stopped when the test is over. */
export async function startCoordinator(
  server: { url: string },
  options: CoordinatorOptions = {},
): Promise<Coordinator> {
  const coordinator = createCoordinator(server, options);
  await coordinator.start();
  return coordinator;
}

/** The same, not started yet. */
export function createCoordinator(
  server: { url: string },
  options: CoordinatorOptions = {},
): Coordinator {
  const coordinator = new Coordinator({ redisUrl: server.url, logger: false, ...options });
  onTestFinished(() => coordinator.stop({ timeoutMs: 1_000 }));
  return coordinator;
}

/** A plain client beside Drover, to look at what is in Redis. */
export function createClient(server: { url: string }): Redis {
  const client = new Redis(server.url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

/** The next event of a name that matches. */
export function nextEvent<N extends EventName>(
  coordinator: Coordinator,
  name: N,
  matches: (payload: CoordinatorEvents[N]) => boolean = () => true,
): Promise<CoordinatorEvents[N]> {
  return new Promise((resolve) => {
    const end = coordinator.on(name, (payload) => {
      if (!matches(payload)) return;
      end();
      resolve(payload);
    });
  });
}
