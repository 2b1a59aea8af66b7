/** Checks of the server, from samples: each threshold on both sides. */
import { expect, test } from 'vitest';
import { CHECKS } from '../checks.ts';
import { known, unknown } from '../reading.ts';
import type { HostSeen, Sample, ServerSeen } from '../sample.ts';
import { emptySample } from '../take-sample.ts';

const HOST: HostSeen = {
  ...{ overcommit: '1', hugePages: 'madvise', somaxconn: 4_096, openFiles: 65_536 },
  ...{ diskFreeRatio: 0.5, diskFreeBytes: 1e12, swapUsedBytes: null },
};
const DAY = 24 * 3_600_000;
const MINUTE = 60_000;

interface Given {
  readonly info?: Readonly<Record<string, string>>;
  /** Counters at the look before, 5 s ago. */
  readonly before?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, string>>;
  readonly server?: Partial<ServerSeen>;
  readonly client?: Partial<Sample['client']>;
}

function verdicts(id: string, { info = {}, before, config = {}, server, client }: Given): string[] {
  const fields = (of: object): ServerSeen['info'] =>
    known(new Map(Object.entries({ run_id: 'a', ...of })));
  const none = unknown('not read');
  const empty = emptySample({
    ...{ info: fields(info), config: known(new Map(Object.entries(config))), memoryBytes: none },
  });
  const sample: Sample = {
    ...empty,
    server: { ...empty.server, at: 10 * DAY, ...server },
    before: before ? { ...empty.server, info: fields(before), at: 10 * DAY - 5_000 } : null,
    client: { ...empty.client, ...client },
  };
  const check = CHECKS.find((each) => each.id === id)!;
  return check.judge(sample).map(({ severity }) => severity);
}

const version = (name: string, value: string): Given => ({ info: { [name]: value } });
const memory = (maxmemory: number): Given => ({
  info: { maxmemory: String(maxmemory) },
  server: { memoryBytes: known(1_000) },
});
const slow = (tookMs: number, at = 10 * DAY): Given => ({
  server: {
    slow: known([{ at, tookMs, command: 'evalsha', script: 'moveToActive', queue: 'mails' }]),
  },
});
/** Scripts asked for in vain, and sent in full, since the look before. */
const scripts = (vain: number, sent: number): Given => ({
  info: {
    errorstat_NOSCRIPT: `count=${vain}`,
    cmdstat_eval: `calls=${sent - 1},usec=3`,
    'cmdstat_script|load': 'calls=1,usec=3',
  },
  before: {},
  server: { missingScripts: known(0) },
});
/** Seconds of the main thread since the look before, 5 s ago. */
const busy = (user: string, system: string): Given => ({
  info: { used_cpu_user_main_thread: user, used_cpu_sys_main_thread: system },
  before: {},
});
/** What a user lacks of the roles app, producer and viewer. */
const lacks = (app: string[], producer: string[], viewer: string[]): Given => ({
  server: { missingRights: known(new Map(Object.entries({ app, producer, viewer }))) },
});
const host = (differs: Partial<HostSeen>): Given => ({
  info: { maxclients: '10000', used_memory: '1000', aof_current_size: '1000' },
  server: { host: known({ ...HOST, ...differs }) },
});
/** Records of backups by their age, and by how long ago one was verified. */
const backups = (...ages: readonly (readonly [number, number | null])[]): Given => ({
  server: {
    backups: known(
      ages.map(([age, verified], i) => ({
        ...{ label: `l${i}`, name: `l${i}-x`, madeAt: 10 * DAY - age, bytes: 1 },
        verifiedAt: verified === null ? null : 10 * DAY - verified,
        verifiedName: verified === null ? null : `l${i}-x`,
      })),
    ),
  },
});
const replicas = (line: string): Given => ({
  info: { role: 'master', connected_slaves: '1', master_repl_offset: '5000000', slave0: line },
});

test.each<[id: string, given: Given, expected: string[]]>([
  ['CFG01', { info: { maxmemory_policy: 'noeviction' } }, []],
  ['CFG01', { info: { maxmemory_policy: 'volatile-lru' } }, ['critical']],
  ['CFG02', memory(0), ['warning']],
  ['CFG02', memory(600), []],
  ['CFG02', memory(601), ['warning']],
  ['CFG06', lacks([], [], []), []],
  ['CFG06', lacks(['memory|usage'], [], ['memory|usage']), ['information']],
  ['CFG06', lacks(['bzpopmin', 'rpoplpush'], [], []), ['information']],
  ['CFG06', lacks(['scan', 'mget'], ['scan', 'mget'], ['scan', 'mget']), ['critical']],
  ['CFG06', lacks(['hset', 'rpush', 'zadd'], ['hset', 'rpush', 'zadd'], []), ['information']],
  ['CFG06', lacks(['hset', 'rpush', 'zadd', 'scan'], ['hset'], ['scan']), ['warning']],
  ['CFG06', lacks(['hincrby'], ['hincrby'], []), ['critical']],
  ['CFG06', lacks(['eval'], ['eval'], ['eval']), ['critical']],
  ['CFG07', version('redis_version', '6.0.16'), ['critical']],
  ['CFG07', version('redis_version', '6.2.14'), ['warning']],
  ['CFG07', version('redis_version', '7.0.15'), []],
  ['CFG07', version('redis_version', '8.2.8'), ['warning']],
  ['CFG07', version('redis_version', '8.2.9'), []],
  ['CFG07', version('valkey_version', '8.1.8'), ['warning']],
  ['CFG07', version('valkey_version', '8.1.9'), []],
  ['CFG07', version('valkey_version', '9.0.4'), ['warning']],
  ['CFG07', version('dragonfly_version', 'df-v1.20.0'), ['unverified']],
  ['CFG11', { config: { timeout: '9' } }, ['critical']],
  ['CFG11', { config: { timeout: '10' } }, ['warning']],
  ['CFG11', { config: { timeout: '300' } }, []],
  ['CFG11', { config: { timeout: '0' } }, []],
  ['CFG12', { client: { commandTimeoutMs: 5_000 } }, ['critical']],
  ['CFG12', {}, []],
  ['CFG13', host({}), []],
  ['CFG13', host({ overcommit: '0' }), ['warning']],
  ['CFG13', host({ openFiles: 10_031 }), ['warning']],
  ['CFG13', host({ openFiles: 10_032 }), []],
  ['CFG13', host({ diskFreeRatio: 0.19 }), ['warning']],
  ['CFG13', host({ diskFreeRatio: 0.04 }), ['critical']],
  ['CFG13', host({ diskFreeBytes: 3_999 }), ['critical']],
  ['CFG17', scripts(3, 3), []],
  ['CFG17', scripts(4, 3), ['critical']],
  ['CON01', { info: { connected_clients: '80', maxclients: '100' } }, []],
  ['CON01', { info: { connected_clients: '81', maxclients: '100' } }, ['warning']],
  ['CON01', { info: { connected_clients: '96', maxclients: '100' } }, ['critical']],
  ['CON04', { client: { isCommandAlive: false } }, ['critical']],
  ['CON04', { server: { clients: known([]), ownIds: ['7'] } }, ['critical']],
  ['PER02', { info: { aof_enabled: '1' }, before: {}, server: { pendingFsyncs: [0, 1, 0] } }, []],
  [
    'PER02',
    { info: { aof_enabled: '1' }, before: {}, server: { pendingFsyncs: [1, 1, 0] } },
    ['warning'],
  ],
  [
    'PER02',
    { info: { aof_enabled: '1', aof_delayed_fsync: '2' }, before: { aof_delayed_fsync: '1' } },
    ['critical'],
  ],
  ['PER02', { info: { aof_enabled: '0' } }, []],
  ['PER03', { info: { latest_fork_usec: '100000' } }, []],
  ['PER03', { info: { latest_fork_usec: '100001' } }, ['warning']],
  ['PER03', { info: { latest_fork_usec: '1000001' } }, ['critical']],
  ['PER04', { info: { aof_rewrites_consecutive_failures: '2' } }, ['warning']],
  ['PER05', { server: { backups: unknown('not read') } }, ['unverified']],
  ['PER05', backups(), ['unverified']],
  ['PER05', backups([30 * MINUTE, 7 * DAY]), []],
  ['PER05', backups([30 * MINUTE + 1, 7 * DAY]), ['warning']],
  ['PER05', backups([MINUTE, 7 * DAY + 1]), ['warning']],
  ['PER05', backups([MINUTE, null]), ['warning']],
  ['PER05', backups([DAY, null]), ['warning', 'warning']],
  // Several labels are of the same server: its newest backup counts.
  ['PER05', backups([90 * DAY, null], [MINUTE, DAY]), []],
  ['PER05', backups([90 * DAY, MINUTE], [MINUTE, null]), []],
  // What is dated ahead of now tells nothing.
  ['PER05', backups([-DAY, MINUTE]), ['warning']],
  ['PER05', backups([-DAY, MINUTE], [MINUTE, null]), []],
  ['PER05', backups([MINUTE, -DAY]), ['warning']],
  ['LAT01', { server: { roundTripsMs: known([1, 10]) } }, []],
  ['LAT01', { server: { roundTripsMs: known([1, 11]) } }, ['warning']],
  ['LAT01', { server: { roundTripsMs: known([1, 101]) } }, ['critical']],
  ['LAT02', slow(50), []],
  ['LAT02', slow(51), ['warning']],
  ['LAT02', slow(1_001), ['critical']],
  ['LAT02', slow(1_001, 8.9 * DAY), []],
  ['LAT03', { server: { info: unknown('INFO failed: BUSY Redis is busy') } }, ['critical']],
  ['LAT05', busy('2.0', '1.9'), []],
  ['LAT05', busy('2.0', '2.1'), ['warning']],
  ['CLK01', { server: { clockAheadMs: known(500) } }, []],
  ['CLK01', { server: { clockAheadMs: known(-501) } }, ['warning']],
  ['CLK01', { server: { clockAheadMs: known(5_001) } }, ['critical']],
  ['LOD01', { info: { loading: '1', loading_eta_seconds: '60' } }, ['information']],
  ['LOD01', { info: { loading: '1', loading_eta_seconds: '61' } }, ['warning']],
  ['REP01', replicas('ip=1,state=online,offset=3951424,lag=5'), []],
  ['REP01', replicas('ip=1,state=online,offset=3951423,lag=5'), ['warning']],
  ['REP01', replicas('ip=1,state=online,offset=5000000,lag=6'), ['warning']],
  ['REP02', replicas('ip=1,state=wait_bgsave,offset=0,lag=0'), ['critical']],
  [
    'DNS01',
    { server: { addresses: known({ resolved: ['203.0.113.1'], peer: '203.0.113.1' }) } },
    [],
  ],
  [
    'DNS01',
    {
      before: {},
      server: { addresses: known({ resolved: ['203.0.113.2'], peer: '203.0.113.1' }) },
    },
    ['warning'],
  ],
  [
    'DNS01',
    {
      info: { errorstat_READONLY: 'count=3' },
      before: {},
      server: { addresses: known({ resolved: ['203.0.113.2'], peer: '203.0.113.1' }) },
    },
    ['critical'],
  ],
  ['ERR01', { info: { errorstat_OOM: 'count=4' }, before: { errorstat_OOM: 'count=4' } }, []],
  [
    'ERR01',
    { info: { errorstat_OOM: 'count=5' }, before: { errorstat_OOM: 'count=4' } },
    ['warning'],
  ],
  ['ERR01', { info: { errorstat_OOM: 'count=5' }, before: { run_id: 'b' } }, ['unverified']],
])('%s %j', (id, given, expected) => {
  const told = verdicts(id, given);
  expect(
    id === 'CON04' || id === 'CLK01' ? told.filter((each) => each !== 'unverified') : told,
  ).toEqual(expected);
});
