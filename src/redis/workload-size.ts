/**
 * What a number of jobs takes of the memory of Redis, and how large its instance must be for them. Pure.
 *
 * The figures were measured on Redis 7.0.15 with BullMQ 6.7, as differences of `used_memory`; a test fills a real server
 * and compares. A hash whose values all have at most 64 bytes is one packed block (`hash-max-listpack-value`); one longer
 * value makes it a table, which takes three times as much: so the first bytes beyond 64 are the dearest.
 */
import { allocatedBytes, textBytes } from './allocated-bytes.ts';

/** Jobs as they are kept at the fullest time. Sizes are of JSON, in bytes. */
export interface Workload {
  readonly waiting: number;
  /** Delayed ones, and those with a priority: both are in a sorted set. */
  readonly delayed: number;
  /** Kept after their end. */
  readonly completed: number;
  readonly failed: number;
  /** Of the data of a job. */
  readonly dataBytes: number;
  /** Of what a job returns. */
  readonly resultBytes: number;
  /** Of the options of a job; `USUAL_OPTIONS_BYTES` with attempts, backoff and the retention of Drover. */
  readonly optionsBytes: number;
  readonly queues: number;
  /** With the hub of Drover: four connections each at most. */
  readonly processes: number;
}

/** What takes memory. */
export type SizePart =
  | 'waiting'
  | 'delayed'
  | 'completed'
  | 'failed'
  | 'deadLetters'
  | 'events'
  | 'server'
  | 'clients'
  | 'backlog';

/** An instance for a workload. All in bytes but for counts. */
export interface InstanceSize {
  readonly parts: Readonly<Record<SizePart, number>>;
  readonly usedBytes: number;
  /** For `maxmemory`: what is used is at most 70 % of it, so that the doctor stays quiet. */
  readonly maxmemoryBytes: number;
  /** For the container or the service: a fork may double what is written meanwhile. */
  readonly memoryLimitBytes: number;
  /** Free on the disk of the data: twice the append-only file and the snapshot. */
  readonly diskBytes: number;
  readonly clients: number;
  readonly maxclients: number;
  /** Memory of a machine for this beside a cache of the same size, by the table of the kit. */
  readonly machineBytes: number;
}

const MB = 1_048_576;
const GB = 1_024 * MB;

/** `hash-max-listpack-value` of Redis 7.0, and 128 entries, which no job has. */
const PACKED_VALUE = 64;
/** Of the key, its entry and its part of the table of all keys. */
const PACKED_KEY = 86;
/** The same with an empty table and six short fields. */
const TABLE_KEY = 508;
/** What a waiting job has besides data and options: names of fields, times, numbers, a name of eight letters. */
const PACKED_FIELDS = 81;
/** Attempts, backoff, and what is kept of completed and failed jobs, as JSON. */
export const USUAL_OPTIONS_BYTES = 171;
/** `"delay":3600000,` */
const DELAY_OPTION = 16;
/** What comes on a finished job: when it ran and ended, its attempts. */
const PACKED_END = 75;
const TABLE_END = 345;
const LIST_MEMBER = 4;
const SORTED_MEMBER = 116;
/** Reason and one stack, in the job. */
const FAILURE = 1_000;
/** A dead letter without its copy of the data: the story of the attempts, its places in indexes. */
const DEAD_LETTER = 2_650;

/** `opts.maxLenEvents` and `stream-node-max-bytes` as they are when nobody set them. */
const EVENTS = 10_000;
const NODE_BYTES = 4_096;
const EVENT_BYTES = 58;
const NODE_HEAD = 100;

/** An empty server, 64 scripts, and the state of Lua. */
const SERVER = MB + 575_424 + 703_488;
/** Meta, counters, metrics and health of a queue. */
const QUEUE_KEYS = 20_000;
const CONNECTIONS = 4;
/** With buffers that are in use. */
const CLIENT_BYTES = 20_480;
/** Operators, exporters, backups, a console. */
const OTHER_CLIENTS = 50;
/** `repl-backlog-size` of the kit: each backup by replication fills it, and it counts as used. */
const BACKLOG = 16 * MB;

const FULL = 0.7;
const MANY_CLIENTS = 0.8;
const USUAL_CLIENTS = 10_000;
/** The append-only file grows to twice its base before it is rewritten; the snapshot is a third copy. */
const COPIES_ON_DISK = 3;

/** The instance that the workload needs. */
export function sizeOf(load: Workload): InstanceSize {
  const { waiting, delayed, completed, failed, dataBytes, resultBytes, queues, processes } = load;
  const clients = processes * CONNECTIONS + OTHER_CLIENTS;
  const sorted = { dataBytes, optionsBytes: load.optionsBytes + DELAY_OPTION };
  const parts: Record<SizePart, number> = {
    waiting: waiting * (jobBytes(load, []) + LIST_MEMBER),
    delayed: delayed * (jobBytes(sorted, []) + SORTED_MEMBER),
    completed: completed * (jobBytes(load, [resultBytes]) + SORTED_MEMBER),
    failed: failed * (jobBytes(load, [FAILURE]) + SORTED_MEMBER),
    deadLetters: failed * (DEAD_LETTER + textBytes(dataBytes)),
    events: queues * eventsBytes(resultBytes),
    server: SERVER + queues * QUEUE_KEYS,
    clients: clients * CLIENT_BYTES,
    backlog: BACKLOG,
  };
  const usedBytes = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  const maxmemoryBytes = stepUp(usedBytes / FULL);
  const onDisk = usedBytes - BACKLOG;
  return {
    ...{ parts, usedBytes, maxmemoryBytes, memoryLimitBytes: 2 * maxmemoryBytes },
    diskBytes: GB * Math.ceil((2 * COPIES_ON_DISK * onDisk) / GB),
    clients,
    maxclients: Math.max(USUAL_CLIENTS, 1_000 * Math.ceil(clients / MANY_CLIENTS / 1_000)),
    machineBytes: machineFor(maxmemoryBytes),
  };
}

/** A job's own hash. @param results of one that has ended: what it returned */
function jobBytes(
  { dataBytes, optionsBytes }: Pick<Workload, 'dataBytes' | 'optionsBytes'>,
  results: readonly number[],
): number {
  const isPacked = [dataBytes, optionsBytes, ...results].every((bytes) => bytes <= PACKED_VALUE);
  if (!isPacked) {
    const waiting = TABLE_KEY + textBytes(optionsBytes) + textBytes(dataBytes);
    return results.reduce((sum, bytes) => sum + TABLE_END + textBytes(bytes), waiting);
  }
  const end = results.reduce((sum, bytes) => sum + PACKED_END + bytes, 0);
  return PACKED_KEY + allocatedBytes(PACKED_FIELDS + optionsBytes + dataBytes + end);
}

/** A full stream: half of what it holds at a busy time are ends, each with a copy of the result. */
function eventsBytes(resultBytes: number): number {
  const pair = 2 * EVENT_BYTES + resultBytes;
  const pairs = Math.max(1, Math.floor(NODE_BYTES / pair));
  const node = allocatedBytes(pairs * pair) + NODE_HEAD;
  return Math.ceil(EVENTS / 2 / pairs) * node;
}

/** 64, 128, 256, 384, 512, 768 MB and so on: two steps to each doubling. */
function stepUp(bytes: number): number {
  let step = 64 * MB;
  while (step < bytes) {
    if (step * 1.5 >= bytes && step >= 256 * MB) return step * 1.5;
    step *= 2;
  }
  return step;
}

/** Memory of a machine → `maxmemory` of each instance of the kit on it. */
export const MACHINES: readonly (readonly [machineBytes: number, maxmemoryBytes: number])[] = [
  [2 * GB, 256 * MB],
  [4 * GB, 512 * MB],
  [8 * GB, GB],
  [16 * GB, 2 * GB],
  [32 * GB, 4 * GB],
];

/** As in the table: two instances, twice each for a fork, and as much again for the system and the applications. */
const MACHINE_TIMES = 8;

function machineFor(maxmemoryBytes: number): number {
  const known = MACHINES.find(([, most]) => maxmemoryBytes <= most);
  return known ? known[0] : 2 ** Math.ceil(Math.log2(MACHINE_TIMES * maxmemoryBytes));
}
