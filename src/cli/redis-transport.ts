/**
 * Straight to Redis: a coordinator of the command's own, silent, without workers.
 *
 * Whoever can reach Redis is let through; the audit names the user of the operating system. A reading command changes
 * nothing in Redis. It opens its sockets on first use and starts no loops, so a command of one step never leads the
 * fleet. Only what runs for longer is started: a bulk action needs somebody who carries it out when nobody leads.
 */
import { hostname, userInfo } from 'node:os';
import type { Principal } from '../access/principal.ts';
import { withDeadline } from '../base/wait.ts';
import { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../errors.ts';
import type { Settings } from './settings.ts';
import type { Needs, Transport } from './transport.ts';

/** Failures that the next attempt would meet again: nobody is kept waiting for them. */
const HOPELESS =
  /ECONNREFUSED|ENOTFOUND|ENOENT|EACCES|EHOSTUNREACH|ENETUNREACH|WRONGPASS|NOAUTH|NOPERM|Unknown RESP type|CERT|SSL|self.signed/i;
/** How long closing may take: sockets are cut, and a lease is given back. */
const CLOSING_MS = 2_000;
const FIRST_SIGHT_MS = 3_000;

/** A coordinator on this Redis. Does no I/O unless it is to run. */
export async function openRedis(
  settings: Settings,
  redisUrl: string,
  { writes, looksAround, runs }: Needs,
): Promise<Transport> {
  const coordinator = createCoordinator(settings, redisUrl, { writes, runs });
  const caller = { principal: operatingSystemUser() };
  const hopeless = settings.isPatient
    ? new Promise<never>(() => {})
    : hopelessness(coordinator, settings.where);
  hopeless.catch(() => {}); // Heard by every call; none may be under way.
  if (runs) await coordinator.start();
  if (looksAround) await Promise.race([firstSight(coordinator, settings), hopeless]);
  return {
    call: (name, input) => Promise.race([coordinator.control.call(name, input, caller), hopeless]),
    // What was never started holds nothing but sockets, which end with the process.
    close: () => (runs ? coordinator.stop({ timeoutMs: CLOSING_MS }) : Promise.resolve()),
  };
}

/** A coordinator that has no workers and says nothing. */
export function createCoordinator(
  { prefix, coordinatorPrefix, timeoutMs }: Settings,
  redisUrl: string,
  { writes, runs }: Pick<Needs, 'writes' | 'runs'>,
): Coordinator {
  return new Coordinator({
    ...{ redisUrl, name: 'drover-cli', logger: false, readOnly: !writes, backgroundJobs: false },
    ...{ metrics: false, addTimeoutMs: timeoutMs, lazy: !runs, allowEviction: true },
    ...(prefix && { prefix }),
    ...(coordinatorPrefix && { coordinatorPrefix }),
  });
}

/**
 * Opens the first socket and waits for it; that it did not open in time is part of the answers. Whoever is patient goes
 * on at the first trouble: it looks again, or tells of it.
 */
async function firstSight(
  coordinator: Coordinator,
  { timeoutMs, isPatient }: Settings,
): Promise<void> {
  if (coordinator.getRedisHealth().redis.connected) return;
  const seen = new Promise<void>((resolve) => {
    coordinator.on('connection.ready', () => resolve());
    if (isPatient) coordinator.on('connection.error', () => resolve());
  });
  coordinator.queues.initialize();
  await withDeadline(seen, isPatient ? Math.min(timeoutMs, FIRST_SIGHT_MS) : timeoutMs);
}

/** Rejects when Redis was never reached and cannot be. */
function hopelessness(coordinator: Coordinator, where: string): Promise<never> {
  return new Promise((_, reject) => {
    const stopped = coordinator.on('connection.error', ({ message }) => {
      if (!HOPELESS.test(message)) return;
      stopped();
      reject(
        new CoordinatorError(
          'QUEUE_UNAVAILABLE',
          `Redis at ${where} cannot be reached: ${message}`,
        ),
      );
    });
    // What breaks later heals later, and calls have a deadline.
    coordinator.on('connection.ready', () => stopped());
  });
}

/** Who is at this machine. */
export function operatingSystemUser(): Principal {
  const name = userName();
  return {
    ...{ kind: 'operating-system', id: `${name}@${hostname()}`, name },
    grants: [{ may: ['admin'] }],
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`; // Containers have users without a name.
  }
}
