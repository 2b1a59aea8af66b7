/**
 * What the doctor has seen: everything that checks judge. Pure data; readers of `read-*.ts` fill it in.
 *
 * `before` is an earlier look at the same server, for what only a difference tells: five seconds ago, or the last
 * examination of this process. Each part that could not be read says why.
 */
import type { BackupRecord } from '../metrics/backup-records.ts';
import type { ClientLine } from '../redis/client-list.ts';
import type { Profile } from './kit-settings.ts';
import type { Provider } from './providers.ts';
import type { Reading } from './reading.ts';

/** Fields of INFO by name. */
export type InfoFields = ReadonlyMap<string, string>;

/** A user of Redis, as `ACL GETUSER` shows it. */
export interface AclUser {
  readonly isOn: boolean;
  readonly hasPassword: boolean;
  readonly commands: string;
  readonly keys: string;
  readonly channels: string;
}

/** A refusal that Redis has written down. */
export interface AclRefusal {
  readonly reason: string;
  readonly context: string;
  readonly object: string;
  readonly user: string;
  readonly ageSeconds: number;
  readonly count: number;
}

/** A connection of the server. */
export type ClientSeen = ClientLine;

/** A slow command. `script`: of BullMQ, when it is one. */
export interface SlowSeen {
  readonly at: number;
  readonly tookMs: number;
  readonly command: string;
  readonly script: string | null;
  readonly queue: string | null;
}

/** What the latency monitor has kept of one event. */
export interface LatencySeen {
  readonly event: string;
  readonly lastMs: number;
  readonly longestMs: number;
}

/** A sample of the keyspace. */
export interface KeysSeen {
  readonly looked: number;
  /** Keys of no queue and not of Drover. */
  readonly foreign: number;
  readonly foreignExamples: readonly string[];
  readonly isComplete: boolean;
}

/** The machine Redis runs on. null: this machine does not tell. */
export interface HostSeen {
  readonly overcommit: string | null;
  readonly hugePages: string | null;
  readonly somaxconn: number | null;
  readonly openFiles: number | null;
  readonly diskFreeRatio: number | null;
  readonly diskFreeBytes: number | null;
  readonly swapUsedBytes: number | null;
}

/** What a Sentinel says. */
export interface SentinelSeen {
  readonly address: string;
  readonly quorum: string;
  readonly primary: string | null;
}

/** An id without a hash, and the key of BullMQ that lists it. */
export interface HollowId {
  readonly id: string;
  /** `wait`, `waiting-children` … */
  readonly listedIn: string;
  readonly isList: boolean;
}

/** A queue at one moment. */
export interface QueueSeen {
  readonly queue: string;
  readonly counts: Readonly<Record<QueuePart, number>>;
  readonly isPaused: boolean;
  /** Since when, epoch ms; null when nobody wrote it down. */
  readonly pausedAt: number | null;
  readonly limitedForMs: number;
  readonly concurrency: number | null;
  readonly maxLenEvents: number | null;
  readonly events: number;
  /** Of the stream's newest entries. */
  readonly stalledEvents: number;
  readonly idCounter: number | null;
  readonly highestId: number | null;
  readonly oldestWaitingAt: number | null;
  readonly firstDelayedAt: number | null;
  readonly firstScheduleAt: number | null;
  /** Of a sample: ids in active without a lock. */
  readonly unlocked: readonly string[];
  /** Of a sample: ids with a lock that are not in active. */
  readonly strayLocks: readonly string[];
  /** Of a sample: ids in a state without a hash. */
  readonly hollow: readonly HollowId[];
  /** Of a sample. */
  readonly largestDataBytes: number;
  readonly largestJob: string | null;
  /** Of a sample of failed jobs: failed because they stalled too often. */
  readonly stalledOut: number;
  /** Of a sample of parents that wait: without open dependencies, or with a child that is not there. */
  readonly strandedParents: readonly string[];
  /** Workers that wait for or run its jobs; null when there may be some that nothing tells of. */
  readonly workers: number | null;
  /** Jobs whose hash is in no state; null when it was not looked for. */
  readonly orphans: readonly string[] | null;
  readonly keepCompleted: number | null;
  /** Completed jobs are kept so long at most, ms; null where nobody said. */
  readonly keepCompletedMs: number | null;
  readonly keepFailed: number | null;
}

/** Lists and sets of a queue that are counted. */
export type QueuePart =
  | 'wait'
  | 'active'
  | 'paused'
  | 'prioritized'
  | 'delayed'
  | 'waitingChildren'
  | 'completed'
  | 'failed'
  | 'schedulers';

/** The server at one moment. */
export interface ServerSeen {
  /** Epoch ms here. */
  readonly at: number;
  readonly info: Reading<InfoFields>;
  readonly config: Reading<ReadonlyMap<string, string>>;
  readonly user: Reading<string>;
  readonly defaultUser: Reading<AclUser>;
  readonly aclLog: Reading<readonly AclRefusal[]>;
  /** Rules in memory that the file does not have, or the reverse. */
  readonly aclDrift: Reading<readonly string[]>;
  readonly clients: Reading<readonly ClientSeen[]>;
  readonly ownIds: readonly string[];
  readonly slow: Reading<readonly SlowSeen[]>;
  readonly latency: Reading<readonly LatencySeen[]>;
  readonly roundTripsMs: Reading<readonly number[]>;
  /** Server's clock ahead of ours, ms. */
  readonly clockAheadMs: Reading<number>;
  /** Clocks of other hosts ahead of ours, by their heartbeats. */
  readonly hostsAheadMs: Reading<ReadonlyMap<string, number>>;
  /** Scripts of BullMQ that are not loaded. */
  readonly missingScripts: Reading<number>;
  /** Role → commands that this user lacks for it. */
  readonly missingRights: Reading<ReadonlyMap<string, readonly string[]>>;
  /** The ACL line of a user for one process that adds and works, with the prefixes that are used. */
  readonly appLine: Reading<string>;
  readonly keys: Reading<KeysSeen>;
  /** Whether a socket without a password is let in. */
  readonly isOpen: Reading<boolean>;
  readonly clusterState: Reading<InfoFields>;
  /** Queue → slot. */
  readonly slots: Reading<ReadonlyMap<string, number>>;
  readonly sentinels: Reading<readonly SentinelSeen[]>;
  readonly host: Reading<HostSeen>;
  /** What was written down of backups, by label. */
  readonly backups: Reading<readonly BackupRecord[]>;
  /** Addresses that the name resolves to, and the one that is connected. */
  readonly addresses: Reading<{ readonly resolved: readonly string[]; readonly peer: string }>;
  /** `aof_pending_bio_fsync` of a few looks. */
  readonly pendingFsyncs: readonly number[];
  /** Memory of the machine or container, when Redis runs in it. */
  readonly memoryBytes: Reading<number>;
}

/** What is examined. */
export interface Sample {
  readonly provider: Provider | null;
  /** What it is to be according to whoever asks; null: they said nothing. */
  readonly profile: Profile | null;
  /** Of all queues whose keys were found, whether they were looked at or not. */
  readonly queueLabels: readonly string[];
  /** Whether only this machine reaches the server's address. */
  readonly isLocal: boolean;
  readonly server: ServerSeen;
  /** Counters when this look was over: what comes later was not caused by it. */
  readonly after: ServerSeen;
  readonly before: ServerSeen | null;
  readonly queues: readonly QueueSeen[];
  /** By label; empty without an earlier look. */
  readonly queuesBefore: ReadonlyMap<string, QueueSeen>;
  /** Why queues could not be looked at; null when they were. */
  readonly queuesUnknown: string | null;
  /** Queues whose keys may not be read, though those of others may. */
  readonly unreadable: readonly string[];
  /** What was left out, as sentences. */
  readonly leftOut: readonly string[];
  /** Drover's own connections. */
  readonly client: {
    /** Of the options it was given; null: none, as it should be. */
    readonly commandTimeoutMs: number | null;
    /** Whether a PING is answered on the socket of commands. */
    readonly isCommandAlive: boolean;
    readonly prefix: string;
  };
}
