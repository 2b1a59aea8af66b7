/**
 * What the kit sets on its queue instance and on its cache, why, and how bad it is when a server has something else.
 *
 * The configuration files of the kit say the same, directive by directive: a test holds both equal. What depends on the
 * machine (`OF_THE_MACHINE`) has no value here. Pure.
 */

/** What a Redis is for. */
export type Profile = 'queue' | 'cache';

/** All of them. */
export const PROFILES: readonly Profile[] = ['queue', 'cache'];

/** How bad another value is: `information` where it is a matter of taste, of habit, or of the load. */
export type Difference = 'critical' | 'warning' | 'information';

/** A directive of the kit. */
export interface KitSetting {
  readonly name: string;
  /** As the configuration file has it. */
  readonly value: string;
  readonly why: string;
  /** When a server has another value. */
  readonly ifOther: Difference;
}

/** Directives that stand for one thing. */
interface Group {
  readonly why: string;
  /** @default information */
  readonly ifOther?: Difference;
  readonly values: Readonly<Record<string, string>>;
}

/** Directives of the kit that each machine has its own values for; what is judged of them is judged by other checks. */
export const OF_THE_MACHINE: readonly string[] = ['bind', 'port', 'dir', 'aclfile', 'maxmemory'];

/** What cannot be changed while Redis runs: in 7.0, and in later versions as far as is known. */
const ONLY_AT_START: ReadonlySet<string> = new Set([
  ...['appenddirname', 'appendfilename', 'dbfilename', 'databases', 'disable-thp', 'io-threads'],
  ...['enable-debug-command', 'enable-module-command', 'enable-protected-configs'],
  ...['rdbchecksum', 'supervised', 'tcp-backlog'],
]);

/** Whether a directive takes a restart. */
export function needsRestart(name: string): boolean {
  return ONLY_AT_START.has(name);
}

const BOTH: readonly Group[] = [
  {
    why: 'Without it a server that lost its password is open to everybody who reaches its port; container images are built with it off.',
    ifOther: 'warning',
    values: { 'protected-mode': 'yes' },
  },
  {
    why: 'A fleet that reconnects after an outage comes all at once: a shorter line of new connections drops some.',
    values: { 'tcp-backlog': '511' },
  },
  {
    why: 'A connection whose other end is gone is noticed after a minute or two.',
    values: { 'tcp-keepalive': '60' },
  },
  {
    why: 'Every process takes three or four connections; new ones are refused beyond the limit.',
    values: { maxclients: '10000' },
  },
  {
    why: 'Clients that let their answers pile up are cut before they take the memory of the data.',
    values: { 'maxmemory-clients': '10%' },
  },
  {
    why: 'What was slow can be looked up afterwards, by command and by event.',
    values: {
      'latency-monitor-threshold': '100',
      'latency-tracking': 'yes',
      'slowlog-log-slower-than': '10000',
    },
  },
  {
    why: 'Big values are freed beside the main thread: deleting them does not stop everybody.',
    values: {
      'lazyfree-lazy-eviction': 'yes',
      'lazyfree-lazy-expire': 'yes',
      'lazyfree-lazy-server-del': 'yes',
      'lazyfree-lazy-user-del': 'yes',
      'lazyfree-lazy-user-flush': 'yes',
      'replica-lazy-flush': 'yes',
    },
  },
  {
    why: 'Huge pages make every fork, and every write after it, slow.',
    values: { 'disable-thp': 'yes' },
  },
  {
    why: 'Whoever reaches this Redis could stop it, load code into it, or write files.',
    ifOther: 'warning',
    values: {
      'enable-debug-command': 'no',
      'enable-module-command': 'no',
      'enable-protected-configs': 'no',
    },
  },
  {
    why: 'One command of a broken or hostile client cannot take half a gigabyte.',
    values: { 'client-query-buffer-limit': '64mb', 'proto-max-bulk-len': '64mb' },
  },
  {
    why: 'A server that is told to stop waits for its replicas, and saves where it keeps anything.',
    values: { 'shutdown-timeout': '10', 'shutdown-on-sigterm': 'default' },
  },
  {
    why: 'What has expired goes in time, and an idle server rests.',
    values: { hz: '10', 'dynamic-hz': 'yes' },
  },
  {
    why: 'Scripts run in the one main thread: more threads for reading help with TLS or hundreds of busy clients only.',
    values: { 'io-threads': '1' },
  },
  {
    why: 'A script that runs for longer makes Redis answer BUSY, so that somebody learns of it.',
    values: { 'busy-reply-threshold': '5000' },
  },
  {
    why: 'Freed memory goes back to the system without stopping anybody.',
    values: { 'jemalloc-bg-thread': 'yes' },
  },
  {
    why: 'Refusals can be looked up, and new users hear no channel.',
    values: { 'acllog-max-len': '256', 'acl-pubsub-default': 'resetchannels' },
  },
  {
    why: 'Nobody of ours listens to notices of keys, and each costs time.',
    values: { 'notify-keyspace-events': '' },
  },
  {
    why: 'A crash leaves a report, and does not hold up the restart with a test of the memory.',
    values: { 'crash-log-enabled': 'yes', 'crash-memcheck-enabled': 'no' },
  },
  {
    why: 'Redis tells nobody that it has started: whoever starts it asks it.',
    values: { supervised: 'no' },
  },
  { why: 'As many as clients expect; use the first only.', values: { databases: '16' } },
];

const QUEUE: readonly Group[] = [
  ...BOTH,
  {
    why: 'Anything else deletes jobs or their locks when memory is full.',
    ifOther: 'critical',
    values: { 'maxmemory-policy': 'noeviction' },
  },
  {
    why: 'Waiting workers and quiet producers are idle: they must not be cut.',
    ifOther: 'warning',
    values: { timeout: '0' },
  },
  {
    why: 'A reader that falls behind is cut instead of filling memory, and a replica has room for its first copy.',
    values: {
      'client-output-buffer-limit': 'normal 256mb 64mb 60 replica 256mb 64mb 60 pubsub 32mb 8mb 60',
    },
  },
  {
    why: 'Every write is kept, and at most about a second of it is lost on a power cut. With `always` nothing is, at a third of the speed.',
    ifOther: 'warning',
    values: { appendonly: 'yes', appendfsync: 'everysec' },
  },
  {
    why: 'Otherwise nothing is synced while the file is rewritten: a power cut loses that whole time.',
    ifOther: 'warning',
    values: { 'no-appendfsync-on-rewrite': 'no' },
  },
  {
    why: 'Backups and restores find the files by these names. Do not change them on a server with data: it starts empty beside the old files.',
    values: {
      appenddirname: 'appendonlydir',
      appendfilename: 'appendonly.aof',
      dbfilename: 'dump.rdb',
    },
  },
  {
    why: 'The file is rewritten when it has doubled: a rewrite is a fork, and a long file is a slow start.',
    values: { 'auto-aof-rewrite-percentage': '100', 'auto-aof-rewrite-min-size': '64mb' },
  },
  {
    why: 'Files are written in small steps and read back fast.',
    values: {
      'aof-use-rdb-preamble': 'yes',
      'aof-rewrite-incremental-fsync': 'yes',
      'rdb-save-incremental-fsync': 'yes',
    },
  },
  {
    why: 'After a crash the file may end in the middle of a write: without this Redis does not start.',
    ifOther: 'warning',
    values: { 'aof-load-truncated': 'yes' },
  },
  {
    why: 'With the times in the file, the data can be brought back as it was at a second of the past.',
    values: { 'aof-timestamp-enabled': 'yes' },
  },
  {
    why: 'A snapshot now and then is what a restore begins from when the append-only file is broken.',
    ifOther: 'warning',
    values: { save: '3600 1 300 100 60 10000' },
  },
  {
    why: 'A snapshot that was damaged is told from a good one.',
    ifOther: 'warning',
    values: { rdbchecksum: 'yes', 'sanitize-dump-payload': 'clients' },
  },
  {
    why: 'Snapshots take less disk, and are not deleted unasked.',
    values: { rdbcompression: 'yes', 'rdb-del-sync-files': 'no' },
  },
  {
    why: 'A disk that takes no snapshots is noticed while everything is still in memory.',
    ifOther: 'warning',
    values: { 'stop-writes-on-bgsave-error': 'yes' },
  },
  {
    why: 'What was slow is remembered for long enough to be looked up.',
    values: { 'slowlog-max-len': '512' },
  },
  {
    why: 'When the machine runs out of memory, a child that writes a file is killed before the server is.',
    values: { 'oom-score-adj': 'yes', 'oom-score-adj-values': '0 200 800' },
  },
  {
    why: 'Events and lists of ids are kept in small blocks, as sizes are reckoned with.',
    values: {
      'stream-node-max-bytes': '4096',
      'stream-node-max-entries': '100',
      'list-max-listpack-size': '-2',
    },
  },
  {
    why: 'A replica or a backup that was cut goes on where it was, without another full copy.',
    values: {
      'repl-diskless-sync': 'yes',
      'repl-diskless-sync-delay': '5',
      'repl-backlog-size': '16mb',
      'repl-backlog-ttl': '3600',
      'repl-timeout': '60',
    },
  },
  {
    why: 'A replica that is written to differs from its primary, and loses that at the next copy.',
    ifOther: 'warning',
    values: { 'replica-read-only': 'yes' },
  },
  {
    why: 'It stops every write while a replica is away, and loses accepted jobs all the same: it is no fence.',
    values: { 'min-replicas-to-write': '0', 'min-replicas-max-lag': '10' },
  },
];

const CACHE: readonly Group[] = [
  ...BOTH,
  {
    why: 'Whatever was used least recently makes room. `allkeys-lfu` suits where few keys are read most.',
    values: { 'maxmemory-policy': 'allkeys-lru' },
  },
  {
    why: 'The larger the sample, the better the choice of what makes room.',
    values: {
      'maxmemory-samples': '10',
      'maxmemory-eviction-tenacity': '10',
      'lfu-log-factor': '10',
      'lfu-decay-time': '1',
    },
  },
  {
    why: 'What a cache holds can be made anew: writing it to disk costs forks, disk and time.',
    ifOther: 'warning',
    values: { appendonly: 'no', save: '' },
  },
  {
    why: 'A cache goes on whatever a disk does.',
    ifOther: 'warning',
    values: { 'stop-writes-on-bgsave-error': 'no' },
  },
  {
    why: 'Clients of a cache that forgot their connection give it back after five minutes.',
    values: { timeout: '300' },
  },
  {
    why: 'A reader that falls behind is cut instead of taking the memory of the cache.',
    values: { 'client-output-buffer-limit': 'normal 64mb 16mb 30 pubsub 32mb 8mb 60' },
  },
  { why: 'Expired keys are found in the background.', values: { 'active-expire-effort': '1' } },
  {
    why: 'What was slow is remembered for long enough to be looked up.',
    values: { 'slowlog-max-len': '256' },
  },
  {
    why: 'A replica gets its first copy without a file on the disk.',
    values: { 'repl-diskless-sync': 'yes' },
  },
  {
    why: 'When the machine runs out of memory, the cache goes before the queues do.',
    values: { 'oom-score-adj': 'yes', 'oom-score-adj-values': '200 400 800' },
  },
];

/** Directives by what the instance is for. */
export const KIT_SETTINGS: Readonly<Record<Profile, readonly KitSetting[]>> = {
  queue: settingsOf(QUEUE),
  cache: settingsOf(CACHE),
};

function settingsOf(groups: readonly Group[]): readonly KitSetting[] {
  return groups.flatMap(({ values, why, ifOther = 'information' }) =>
    Object.entries(values).map(([name, value]) => ({ name, value, why, ifOther })),
  );
}
