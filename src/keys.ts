/**
 * Every key that Drover itself keeps in Redis: the catalogue of keys.
 *
 * BullMQ's own keys (`<prefix>:<queue>:...`) stay BullMQ's and are never built here. `KEYS` describes each
 * key for the reference pages; `Keys` builds them. The name of a queue inside a key is its plain name
 * under BullMQ's default prefix and `<prefix>:<name>` under any other: names hold no colon, so the two
 * cannot be confused.
 */

/** What is stored where: type, lifetime, who writes and reads it, an example. */
export const KEYS = {
  host: {
    pattern: 'hosts:<host>:<pid>',
    // A further coordinator of the same process appends `:2`, `:3` …
    type: 'HASH',
    ttl: '5 min',
    writer: 'heartbeat of each process',
    reader: 'statistics, operations',
    example:
      'coordinator:hosts:web-1:4711 = { version: "0.1.0", queues: \'{"thumbnails":{"slots":4,"active":1}}\', lastActive: "1764000000000" }',
    version: 1,
  },
  hosts: {
    pattern: 'hosts',
    type: 'ZSET',
    ttl: '5 min after the last heartbeat of the fleet',
    writer: 'heartbeat of each process',
    reader: 'statistics, operations',
    example:
      'coordinator:hosts = { "web-1:4711": 1764000000000 } (score: time of the last heartbeat)',
    version: 1,
  },
  kills: {
    pattern: 'kills:<queue>',
    type: 'HASH',
    ttl: '7 days after the last suspect was started',
    writer: 'worker of a suspect: a job whose lock ran out before',
    reader: 'the same',
    example: 'coordinator:kills:thumbnails = { "17": "2" } (job: starts whose end nobody has seen)',
    version: 1,
  },
  lease: {
    pattern: 'lease:<name>',
    type: 'STRING',
    ttl: 'length of the lease, 10 s',
    writer: 'the process that holds the lease',
    reader: 'every process',
    example: 'coordinator:lease:fleet = "web-1:4711:9f3c"',
    version: 1,
  },
  leaseEpoch: {
    pattern: 'lease:<name>:epoch',
    type: 'STRING',
    ttl: 'none',
    writer: 'the process that takes the lease',
    reader: 'every process; what a leader writes carries it, and a smaller one is refused',
    example: 'coordinator:lease:fleet:epoch = "42"',
    version: 1,
  },
  poke: {
    pattern: 'poke:<id>',
    type: 'ZSET',
    ttl: '1 min',
    writer: 'a hub, to wake its own wait socket',
    reader: 'the same hub',
    example: 'coordinator:poke:web-1:4711:3f0a = { "1": 0 }',
    version: 1,
  },
  probe: {
    pattern: 'probe:<id>',
    type: 'STRING',
    ttl: '1 s',
    writer: 'a hub, to find out whether Redis takes writes again after it refused them',
    reader: 'nobody',
    example: 'coordinator:probe:web-1:4711:3f0a = "1"',
    version: 1,
  },
  pokeStream: {
    pattern: 'poke:<id>:events',
    type: 'STREAM',
    ttl: '1 min',
    writer: 'a hub, to wake its own events socket',
    reader: 'the same hub',
    example: 'coordinator:poke:web-1:4711:3f0a:events = one entry',
    version: 1,
  },
  data: {
    pattern: 'data',
    type: 'STRING',
    ttl: 'none',
    writer: 'the first process that finds none',
    reader: 'every process, to notice that Redis has lost its data',
    example: 'coordinator:data = "5e1c9a52-2c0b-4b5a-9d0c-8a7d2f6b1c33"',
    version: 1,
  },
  spool: {
    pattern: 'spool:<stream>:<queue>',
    type: 'STRING',
    ttl: '90 days after the last add',
    writer: 'every add of a queue with whenDown "spool", in the same step',
    reader: 'the same step of the next add; the process that empties the spool',
    example: 'coordinator:spool:0a8f6a0e-5c1f-4f0e-9b1e-2f6b7c1d9e10:orders = "4711"',
    version: 1,
  },
} as const;

KEYS satisfies Record<
  string,
  {
    pattern: string;
    type: string;
    ttl: string;
    writer: string;
    reader: string;
    example: string;
    version: number;
  }
>;

/** BullMQ's own default key prefix. */
export const DEFAULT_BULL_PREFIX = 'bull';

/** Builders of Drover's keys under one prefix. */
export interface Keys {
  readonly prefix: string;
  host(hostId: string): string;
  hosts(): string;
  kills(queueLabel: string): string;
  lease(name: string): string;
  leaseEpoch(name: string): string;
  poke(hubId: string): string;
  probe(hubId: string): string;
  pokeStream(hubId: string): string;
  data(): string;
  spool(laneId: string): string;
}

/** Builds the keys under `prefix` (`coordinator` unless configured otherwise). */
export function createKeys(prefix: string): Keys {
  return {
    prefix,
    host: (hostId) => `${prefix}:hosts:${hostId}`,
    hosts: () => `${prefix}:hosts`,
    kills: (queueLabel) => `${prefix}:kills:${queueLabel}`,
    lease: (name) => `${prefix}:lease:${name}`,
    leaseEpoch: (name) => `${prefix}:lease:${name}:epoch`,
    poke: (hubId) => `${prefix}:poke:${hubId}`,
    probe: (hubId) => `${prefix}:probe:${hubId}`,
    pokeStream: (hubId) => `${prefix}:poke:${hubId}:events`,
    data: () => `${prefix}:data`,
    spool: (laneId) => `${prefix}:spool:${laneId}`,
  };
}

/** The name of a queue as it appears inside Drover's keys and in statistics. */
export function queueLabel(bullPrefix: string, queueName: string): string {
  return bullPrefix === DEFAULT_BULL_PREFIX ? queueName : `${bullPrefix}:${queueName}`;
}
