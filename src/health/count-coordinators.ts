/**
 * How many coordinators a process has, judged by its command sockets on the server. Pure.
 *
 * Each coordinator has one, named after application, host and pid. Only those of one address, user and database count
 * together: others could not share a socket, or are of containers that are called the same. Two processes that share the
 * network of their host, its name and their pid cannot be told apart.
 *
 * The server keeps a socket whose other end is gone without a goodbye for many minutes, so a coordinator that has
 * reconnected is seen twice. But a dead one has been silent for at least as long as the one that replaced it exists, and
 * a coordinator that lives pings. So it is judged only when the youngest socket is older than a living one is ever
 * silent: then those that were heard of since are as many coordinators. One look is enough, and none is wrong because
 * the connection comes and goes.
 */
import { type ClientLine, socketName } from '../redis/client-list.ts';

/** Pings come every five seconds; a busy process may be late. */
const LONGEST_SILENCE_SECONDS = 15;
const JUDGED_FROM_SECONDS = 20;

/** Counts the coordinators of one process; null while it cannot be told. */
export function countCoordinators(
  clients: readonly ClientLine[],
  { app, host, pid }: { readonly app: string; readonly host: string; readonly pid: number },
): number | null {
  const own = socketName(app, 'command', host, pid);
  const groups = new Map<string, ClientLine[]>();
  for (const client of clients) {
    if (client.name !== own) continue;
    const { address, user, database } = client;
    const key = JSON.stringify([withoutPort(address), user, database]);
    groups.set(key, [...(groups.get(key) ?? []), client]);
  }
  const counts = [...groups.values()].map(countAlive);
  const known = counts.filter((count) => count !== null);
  return known.length < counts.length ? null : Math.max(0, ...known);
}

function countAlive(sockets: readonly ClientLine[]): number | null {
  if (sockets.length === 1) return 1;
  const youngestSeconds = Math.min(...sockets.map(({ ageSeconds }) => ageSeconds));
  if (youngestSeconds < JUDGED_FROM_SECONDS) return null;
  return sockets.filter(({ idleSeconds }) => idleSeconds <= LONGEST_SILENCE_SECONDS).length;
}

function withoutPort(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf(':')));
}
