/**
 * Adds that resolve when replicas have them, too.
 *
 * An add goes over the bulk socket and is followed by one `WAIT` there, on the very connection that wrote it;
 * adds that were answered by then share that WAIT. It holds up its connection, so whoever comes meanwhile is
 * sent when it is over: together, and never on the command socket, which must stay short. What was not
 * confirmed is said, and not undone: the job is there and may run.
 */
import type { Redis } from 'ioredis';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { Connection } from '../redis/connection.ts';
import type { ServerInfo } from '../redis/server-info.ts';

/** How many replicas must have an add before it resolves, and how long they may take. */
export interface Durability {
  readonly replicas: number;
  readonly timeoutMs: number;
}

interface Shared {
  readonly redis: Redis;
  readonly stream: unknown;
  readonly durability: Durability;
  readonly reached: Promise<number>;
}

/** What of a coordinator's adds must be durable, and who waits for replicas at the moment. */
export class DurableAdds {
  readonly #policies = new Map<string, Durability>();
  /** The next WAIT, while it can still be joined. */
  #next: Shared | undefined;
  /** The WAIT under way. */
  #underway: Promise<unknown> = Promise.resolve();

  /** From now on adds to this queue are durable. */
  demand(queueName: string, durability: Durability): void {
    this.#policies.set(queueName, durability);
  }

  /** Whether any queue demands it. */
  get isDemanded(): boolean {
    return this.#policies.size > 0;
  }

  /** The strictest demand of these queues. */
  demandOf(...queueNames: readonly string[]): Durability | undefined {
    if (this.#policies.size === 0) return undefined;
    const demands = queueNames.flatMap((name) => this.#policies.get(name) ?? []);
    if (demands.length === 0) return undefined;
    return {
      replicas: Math.max(...demands.map(({ replicas }) => replicas)),
      timeoutMs: Math.max(...demands.map(({ timeoutMs }) => timeoutMs)),
    };
  }

  /**
   * Runs `add` on `connection`, then waits for replicas. Rejects with NOT_REPLICATED when too few have it.
   *
   * @param describe what was added, for the error
   */
  async run<T>(
    connection: Connection,
    durability: Durability,
    add: () => Promise<T>,
    describe: (added: T) => string,
  ): Promise<T> {
    for (let before: unknown; before !== this.#underway; await before) before = this.#underway;
    const redis = await connection.raw();
    const { stream } = redis;
    const added = await add();
    const reached = await this.#join(connection, redis, stream, durability).catch(messageOf);
    if (typeof reached === 'number' && reached >= durability.replicas) return added;
    throw notReplicated(describe(added), durability, reached);
  }

  /** How many replicas have everything that this connection has written by now. */
  #join(
    connection: Connection,
    redis: Redis,
    stream: unknown,
    durability: Durability,
  ): Promise<number> {
    const next = this.#next;
    if (next && next.stream === stream && isSame(next.durability, durability)) return next.reached;
    const reached = this.#underway.then(() => {
      if (this.#next === shared) this.#next = undefined;
      // On another connection WAIT would speak of another's writes, perhaps to another server.
      if (redis.stream !== stream) throw new Error('the connection broke');
      return sendWait(redis, durability, connection.serverInfo);
    });
    const shared: Shared = { redis, stream, durability, reached };
    this.#next = shared;
    this.#underway = reached.catch(() => {});
    return reached;
  }
}

function isSame(a: Durability, b: Durability): boolean {
  return a.replicas === b.replicas && a.timeoutMs === b.timeoutMs;
}

async function sendWait(redis: Redis, durability: Durability, info: ServerInfo): Promise<number> {
  const [name, ...args] = waitCommand(durability, info);
  const reply = await redis.call(name, ...args);
  // WAITAOF answers [on this server's disk, on replicas' disks].
  return Array.isArray(reply) ? (Number(reply[0]) > 0 ? Number(reply[1]) : 0) : Number(reply);
}

/** The command that waits: until it is on disks where the server can tell, else until replicas have it. Pure. */
export function waitCommand(
  { replicas, timeoutMs }: Durability,
  { version, isAppendOnly }: Pick<ServerInfo, 'version' | 'isAppendOnly'>,
): [name: string, ...args: string[]] {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  const knowsDisks = major > 7 || (major === 7 && minor >= 2);
  return knowsDisks && isAppendOnly
    ? ['WAITAOF', '1', String(replicas), String(timeoutMs)]
    : ['WAIT', String(replicas), String(timeoutMs)];
}

function notReplicated(
  what: string,
  { replicas, timeoutMs }: Durability,
  reached: number | string,
): CoordinatorError {
  const why =
    typeof reached === 'number'
      ? `only ${reached} of ${replicas} replicas had it after ${timeoutMs} ms`
      : `nobody knows whether replicas have it: ${reached}`;
  return new CoordinatorError(
    'NOT_REPLICATED',
    `${what} added and may run, but ${why}. Repeating the add with the same jobId is safe`,
  );
}
