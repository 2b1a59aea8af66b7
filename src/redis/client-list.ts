/**
 * This application's connections as the server sees them, from `CLIENT LIST`.
 *
 * Pure. Sockets are named `<app>:bullmq-<role>:<host>:<pid>` (see `socketName`), so they can be counted by
 * role, and `CLIENT LIST | grep -i bullmq` finds them.
 */
import type { SocketRole } from '../events.ts';

const ROLES: readonly SocketRole[] = ['command', 'wait', 'events', 'bulk'];

/** The name a socket gives itself. Blanks and colons of the parts become dashes. */
export function socketName(app: string, role: SocketRole, host: string, pid: number): string {
  const clean = (part: string): string => part.replace(/[^\x21-\x7e]|:/g, '-');
  return `${clean(app)}:bullmq-${role}:${clean(host)}:${pid}`;
}

/** One client of the server. What a version does not tell is empty or 0. */
export interface ClientLine {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly database: string;
  /** As Redis writes them: `N` for none, `M` for its primary … */
  readonly flags: string;
  readonly ageSeconds: number;
  readonly idleSeconds: number;
  /** What the server still has to send to it. */
  readonly outputBytes: number;
  /** All that it costs the server. */
  readonly totalBytes: number;
  readonly command: string;
}

/** Reads the text of `CLIENT LIST`. */
export function parseClientList(text: string): ClientLine[] {
  const clients: ClientLine[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const fields = new Map<string, string>();
    for (const part of line.trim().split(' ')) {
      const equals = part.indexOf('=');
      if (equals > 0) fields.set(part.slice(0, equals), part.slice(equals + 1));
    }
    clients.push({
      id: fields.get('id') ?? '',
      name: fields.get('name') ?? '',
      address: fields.get('addr') ?? '',
      user: fields.get('user') ?? '',
      database: fields.get('db') ?? '',
      flags: fields.get('flags') ?? '',
      ageSeconds: Number(fields.get('age') ?? 0),
      idleSeconds: Number(fields.get('idle') ?? 0),
      outputBytes: Number(fields.get('omem') ?? 0),
      totalBytes: Number(fields.get('tot-mem') ?? 0),
      command: fields.get('cmd') ?? '',
    });
  }
  return clients;
}

/** Whose socket it is, from the name that `socketName` gave it; undefined for any other name. */
export function readSocketName(
  name: string,
): { app: string; role: SocketRole; host: string; pid: string } | undefined {
  const [, app, role, host, pid] = /^([^:]+):bullmq-(\w+):([^:]*):(\d+)$/.exec(name) ?? [];
  const known = ROLES.find((each) => each === role);
  if (app === undefined || host === undefined || pid === undefined || !known) return undefined;
  return { app, role: known, host, pid };
}

/** How many sockets of one application there are. */
export interface ConnectionCount {
  readonly byRole: Readonly<Record<SocketRole, number>>;
  /** Sockets of all roles together. */
  readonly total: number;
  /** Processes that own them, told apart by host and pid. */
  readonly processes: number;
}

/** Counts the sockets of `app`. */
export function countConnections(clients: readonly ClientLine[], app: string): ConnectionCount {
  const byRole: Record<SocketRole, number> = { command: 0, wait: 0, events: 0, bulk: 0 };
  const owners = new Set<string>();
  for (const { name } of clients) {
    const role = ROLES.find((candidate) =>
      name.startsWith(socketName(app, candidate, '', 0).slice(0, -2)),
    );
    if (!role) continue;
    const owner = name.split(':').slice(2).join(':');
    byRole[role] += 1;
    owners.add(owner);
  }
  const total = ROLES.reduce((sum, role) => sum + byRole[role], 0);
  return { byRole, total, processes: owners.size };
}
