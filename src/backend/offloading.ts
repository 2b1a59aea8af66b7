/**
 * Puts large payloads into their store at the last moment before they are sent: when Redis is there, and bounded by
 * the queue's `whenDown`, since a store may be away while Redis is not.
 *
 * `fail` and what is no add: within `addTimeoutMs`, the wait for a connection included, or BODY_STORE_UNAVAILABLE;
 * nothing was sent then. What is sent afterwards may take as long again. `wait`: for as long as it takes.
 */
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep, withDeadline } from '../base/wait.ts';
import type { Perhaps } from '../payloads/payload-codec.ts';
import type { BackendContext } from './backend-context.ts';
import { isStoreDown, storeTooSlow } from './payload-failures.ts';
import type { StoreOutage } from './store-outage.ts';

const BACKOFF = { minDelayMs: 50, maxDelayMs: 2_000 };

/** What offloading needs. */
export interface OffloadingOptions {
  readonly context: Pick<BackendContext, 'hub' | 'gate' | 'whenDown'>;
  readonly outage: StoreOutage;
  readonly clock?: Clock;
}

/** Runs `offload` when there is a connection; at once, if there is one and nothing is to be put away. */
export function whenConnected<T>(
  options: OffloadingOptions,
  offload: () => Perhaps<T>,
): Perhaps<T> {
  const { clock = systemClock } = options;
  if (!options.context.hub.command.isReady) {
    const startedAt = clock.monotonic();
    return connected(options).then(() => insist(options, offload, startedAt));
  }
  try {
    const stored = offload();
    return stored instanceof Promise ? insist(options, offload, clock.monotonic(), stored) : stored;
  } catch (error) {
    return insist(options, offload, clock.monotonic(), Promise.reject(error));
  }
}

/** Rejects as any call does for which there is no connection in time, and when the coordinator is stopped. */
function connected({ context }: OffloadingOptions): Promise<unknown> {
  const { hub, gate, whenDown } = context;
  return gate.run(hub.command, whenDown, 'repeat', () => hub.command.client);
}

/**
 * @param startedAt since when it is waited for, monotonic ms
 * @param first a try that is under way
 */
async function insist<T>(
  options: OffloadingOptions,
  offload: () => Perhaps<T>,
  startedAt: number,
  first?: Promise<T>,
): Promise<T> {
  const { context, outage, clock = systemClock } = options;
  const { gate, whenDown } = context;
  const leftMs = (): number => gate.timeoutMs - (clock.monotonic() - startedAt);
  let underway = first;
  for (let tries = 1; ; tries += 1) {
    try {
      underway ??= Promise.resolve(offload());
      const stored = whenDown === 'wait' ? await underway : await within(underway, leftMs(), clock);
      outage.answered();
      return stored;
    } catch (error) {
      if (!isStoreDown(error)) throw error;
      outage.held(error);
      underway = undefined;
      const pauseMs = backoffDelay(tries, BACKOFF);
      if (whenDown !== 'wait' && pauseMs >= leftMs()) throw error;
      await sleep(pauseMs, { clock });
      if (!context.hub.command.isReady) await connected(options);
    }
  }
}

/** Rejects with BODY_STORE_UNAVAILABLE when `work` takes longer. */
export async function within<T>(
  work: Perhaps<T>,
  limitMs: number,
  clock: Clock = systemClock,
): Promise<T> {
  if (!(work instanceof Promise)) return work;
  const done = await withDeadline(work, Math.max(0, limitMs), clock);
  if (done.settled) return done.value;
  throw storeTooSlow(limitMs);
}
