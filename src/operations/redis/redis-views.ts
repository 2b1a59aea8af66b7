/**
 * What operators see of the Redis server. Plain JSON; times are epoch ms. null: it may not be read with these rights.
 */

/** Rows, or why there are none. */
export interface ReadRows<Row> {
  /** null: they may not be read. */
  readonly rows: readonly Row[] | null;
  /** What could not be read or was left out, and why. */
  readonly unverified: readonly string[];
}

/** The server. */
export interface RedisInfoView {
  /** `redis`, `valkey` or `dragonfly`. */
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
  /** Label of the queue that a connection of plain BullMQ works on. */
  readonly queue: string | null;
  readonly count: number;
  /** null: only Drover's names tell processes apart. */
  readonly processes: number | null;
  readonly hosts: readonly string[];
  readonly oldestSeconds: number;
  readonly longestIdleSeconds: number;
  readonly outputBytes: number;
}

/** A slow command. */
export interface SlowCommand {
  readonly at: number;
  readonly tookMicroseconds: number;
  /** Its name, and its key when it is one of a queue; never any data. */
  readonly command: string;
  /** The script of BullMQ or Drover that it is; null when it is none that is known. */
  readonly script: string | null;
  /** The queue whose keys it names. */
  readonly queue: string | null;
  /** Name or address of the connection. */
  readonly client: string | null;
}

/** What a queue takes of the memory. */
export interface QueueBytes {
  readonly queue: string;
  /** An estimate from samples. */
  readonly bytes: number;
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
  readonly unverified: readonly string[];
}
