/**
 * Counts this application's connections on the server and says when there are more than its processes
 * explain, and when this process has several coordinators: of others their own processes tell, or a fleet would say the
 * same once for each. `CLIENT LIST` may be refused: then nothing is known, and nothing is claimed.
 */
import type { Announce, SocketRole } from '../events.ts';
import {
  type ClientLine,
  type ConnectionCount,
  countConnections,
  parseClientList,
} from '../redis/client-list.ts';
import type { Connection } from '../redis/connection.ts';
import { countCoordinators } from './count-coordinators.ts';

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

/** What the watch needs. */
export interface ConnectionWatchOptions {
  readonly command: Pick<Connection, 'isReady' | 'raw' | 'serverInfo'>;
  readonly announce: Announce;
  /** As the sockets of this process are named. */
  readonly app: string;
  readonly host: string;
  readonly pid: number;
}

/** Looks at the server's client list and keeps the last report. */
export class ConnectionWatch {
  readonly #options: ConnectionWatchOptions;
  #last: ConnectionReport | null = null;
  #told = false;
  /** Of this process, as last told. */
  #coordinators = 1;

  constructor(options: ConnectionWatchOptions) {
    this.#options = options;
  }

  /** The last report; null when nothing is known. */
  get last(): ConnectionReport | null {
    return this.#last;
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { command } = this.#options;
    if (!command.isReady) return;
    const redis = await command.raw();
    const text = await redis.client('LIST').catch(() => null);
    if (typeof text !== 'string') {
      this.#last = null;
      return;
    }
    const clients = parseClientList(text);
    this.#tellExcess(clients);
    this.#tellRepetition(clients);
  }

  #tellExcess(clients: readonly ClientLine[]): void {
    const { command, app, announce } = this.#options;
    const report = reportConnections(countConnections(clients, app), command.serverInfo.maxClients);
    this.#last = report;
    const { total: seen, expected, maxClients } = report;
    if (isExcessive(report) && !this.#told)
      announce('connections.exceeded', { seen, expected, maxClients });
    this.#told = isExcessive(report);
  }

  #tellRepetition(clients: readonly ClientLine[]): void {
    const { host, pid, announce } = this.#options;
    const coordinators = countCoordinators(clients, this.#options);
    if (coordinators === null || coordinators === this.#coordinators) return;
    this.#coordinators = coordinators;
    if (coordinators > 1) announce('connections.repeated', { host, pid, coordinators });
  }
}
