/**
 * Opens that through what a command works: straight to Redis, or a Drover server.
 */
import { withDeadline } from '../base/wait.ts';
import { CoordinatorError } from '../errors.ts';
import type { Settings } from './settings.ts';
import type { Needs, Transport } from './transport.ts';

/** The transport of the settings. Nothing is asked yet. */
export async function openTransport(settings: Settings, needs: Needs): Promise<Transport> {
  const { server, redisUrl, timeoutMs } = settings;
  const graceMs = settings.isPatient ? PATIENCE_MS : GRACE_MS;
  const inner = server
    ? (await import('./server-transport.ts')).openServer(settings, server)
    : redisUrl
      ? await (await import('./redis-transport.ts')).openRedis(settings, redisUrl, needs)
      : undefined;
  if (!inner)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      'No Redis is named: set REDIS_URL, or give --redis URL or --server URL',
    );
  return {
    close: () => inner.close(),
    async call(name, input) {
      const answer = await withDeadline(inner.call(name, input), timeoutMs + graceMs);
      if (answer.settled) return answer.value;
      throw new CoordinatorError(
        'OUTCOME_UNKNOWN',
        `No answer from ${settings.where} within ${timeoutMs} ms: raise --timeout, or see "drover doctor"`,
      );
    },
  };
}

/** What is inside has a deadline of its own, which says more. */
const GRACE_MS = 500;
/** An examination is many steps, each with a deadline of its own. */
const PATIENCE_MS = 30_000;
