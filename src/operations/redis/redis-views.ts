/**
 * What operators see of the Redis server. Plain JSON; times are epoch ms. null: it may not be read with these rights.
 */

/** The server. */
export interface RedisInfoView {
  readonly server: string | null;
  readonly version: string | null;
  readonly uptimeSeconds: number | null;
  readonly role: string | null;
  readonly memory: {
    readonly usedBytes: number | null;
    readonly maxBytes: number | null;
    readonly policy: string | null;
    readonly fragmentationRatio: number | null;
  };
  readonly clients: {
    readonly connected: number | null;
    readonly max: number | null;
    readonly blocked: number | null;
  };
  readonly commandsPerSecond: number | null;
  readonly hitRatio: number | null;
  readonly evictedKeys: number | null;
  readonly persistence: {
    readonly aof: boolean | null;
    readonly lastSaveAt: number | null;
    readonly lastSaveOk: boolean | null;
  };
  readonly replicas: number | null;
  /** What could not be read, and why. */
  readonly unverified: readonly string[];
}

/** Clients of one application and role. */
export interface ClientGroup {
  /** First part of the connection's name; null: it has none. */
  readonly application: string | null;
  /** `command`, `wait`, `events`, `bulk` of Drover; `worker`, `events` of plain BullMQ. */
  readonly role: string | null;
  readonly count: number;
  readonly processes: number;
  readonly hosts: readonly string[];
  readonly oldestSeconds: number;
  readonly longestIdleSeconds: number;
  readonly outputBytes: number;
}

/** A slow command. */
export interface SlowCommand {
  readonly at: number;
  readonly tookMicroseconds: number;
  readonly command: string;
  /** The script of BullMQ or Drover that it is; null when it is none that is known. */
  readonly script: string | null;
  /** The queue whose keys it names. */
  readonly queue: string | null;
  readonly client: string | null;
}

/** An event that the latency monitor has kept. */
export interface LatencyEvent {
  readonly event: string;
  readonly at: number;
  readonly lastMs: number;
  readonly longestMs: number;
}

/** How quick Redis is from here. */
export interface LatencyView {
  readonly pingMs: { readonly p50: number; readonly p99: number; readonly samples: number };
  /** null: it may not be read. Empty: nothing was slow, or the monitor is off. */
  readonly events: readonly LatencyEvent[] | null;
}
