/**
 * Counts this application's connections on the server and says when there are more than its processes
 * explain. `CLIENT LIST` may be refused: then nothing is known, and nothing is claimed.
 */
import type { Announce, SocketRole } from '../events.ts';
import { type ConnectionCount, countConnections, parseClientList } from '../redis/client-list.ts';
import type { Connection } from '../redis/connection.ts';

/** Command, wait and events, and bulk while it is needed. */
const MOST_PER_PROCESS = 4;
const LARGEST_SHARE = 0.8;

/** Connections of this application as the server last showed them. */
export interface ConnectionReport {
  readonly byRole: Readonly<Record<SocketRole, number>>;
  readonly total: number;
  readonly processes: number;
  /** The most that these processes should have. */
  readonly expected: number;
  readonly maxClients: number | null;
  /** Part of `maxClients` that this application uses, 0–1; null when the limit is unknown. */
  readonly share: number | null;
}

/** Puts a count beside what is expected. Pure. */
export function reportConnections(
  count: ConnectionCount,
  maxClients: number | null,
): ConnectionReport {
  const { byRole, total, processes } = count;
  const expected = processes * MOST_PER_PROCESS;
  const share = maxClients ? total / maxClients : null;
  return { byRole, total, processes, expected, maxClients, share };
}

/** Whether somebody should be told. Pure. */
export function isExcessive({ total, expected, share }: ConnectionReport): boolean {
  return total > expected || (share ?? 0) > LARGEST_SHARE;
}

/** Looks at the server's client list and keeps the last report. */
export class ConnectionWatch {
  readonly #command: Connection;
  readonly #app: string;
  readonly #announce: Announce;
  #last: ConnectionReport | null = null;
  #told = false;

  constructor(command: Connection, app: string, announce: Announce) {
    this.#command = command;
    this.#app = app;
    this.#announce = announce;
  }

  /** The last report; null when nothing is known. */
  get last(): ConnectionReport | null {
    return this.#last;
  }

  /** Looks once. */
  async look(): Promise<void> {
    if (!this.#command.isReady) return;
    const redis = await this.#command.raw();
    const text = await redis.client('LIST').catch(() => null);
    if (typeof text !== 'string') {
      this.#last = null;
      return;
    }
    const count = countConnections(parseClientList(text), this.#app);
    const report = reportConnections(count, this.#command.serverInfo.maxClients);
    this.#last = report;
    if (isExcessive(report) && !this.#told)
      this.#announce('connections.exceeded', {
        seen: report.total,
        expected: report.expected,
        maxClients: report.maxClients,
      });
    this.#told = isExcessive(report);
  }
}
