/**
 * Checks of how the server is set: what it evicts, what it writes to disk, which version it is. Pure.
 */
import { formatSize } from '../../base/units.ts';
import {
  type Check,
  critical,
  EVERY_REDIS,
  field,
  figure,
  grown,
  judged,
  setting,
  unverified,
  type Verdict,
  warning,
} from '../check.ts';
import { valueOr } from '../reading.ts';
import type { Sample } from '../sample.ts';
import { isBelow } from '../server-version.ts';

const BIG_MEMORY = 0.6;
const FOREIGN = 0.1;
const FOREIGN_AT_LEAST = 100;

/** How the server is set. */
export const CONFIG_CHECKS: readonly Check[] = [
  {
    id: 'CFG01',
    title: 'Keys are evicted when memory is full',
    area: 'configuration',
    rule: 'maxmemory-policy allkeys-* or volatile-*: critical',
    why: 'Jobs disappear without a trace, and locks (which have a lifetime) first of all: jobs are lost or run twice.',
    remedy: [
      'redis-cli CONFIG SET maxmemory-policy noeviction',
      'and in redis.conf: maxmemory-policy noeviction',
    ],
    isFixable: true,
    judge: (sample) =>
      judged(field(sample, 'maxmemory_policy'), (policy) =>
        policy === 'noeviction' ? undefined : critical(`maxmemory-policy is ${policy}`),
      ),
  },
  {
    id: 'CFG02',
    title: 'Memory has no limit, or one that is too high',
    area: 'configuration',
    rule: 'maxmemory 0: warning; above 60 % of the memory of the machine or container: warning',
    why: 'A fork copies what changes meanwhile: without room for it the system kills Redis instead of Redis refusing adds.',
    remedy: [
      'redis-cli CONFIG SET maxmemory <half of the memory that Redis may use>',
      'npx drover redis memory',
    ],
    judge: judgeMaxMemory,
  },
  {
    id: 'CFG03',
    title: 'Jobs do not survive a restart of Redis',
    area: 'configuration',
    rule: 'neither append-only file nor snapshots: critical; snapshots only, appendfsync no, or no-appendfsync-on-rewrite yes: warning',
    why: 'What was accepted since the last time on disk is gone after a crash.',
    remedy: [
      'redis-cli CONFIG SET appendonly yes',
      'redis-cli CONFIG SET appendfsync everysec',
      'redis-cli CONFIG SET no-appendfsync-on-rewrite no',
      'and in redis.conf, once the first rewrite is done: appendonly yes',
    ],
    isFixable: true,
    isCheap: true,
    judge: judgePersistence,
  },
  {
    id: 'CFG07',
    title: 'The server is old',
    area: 'configuration',
    rule: 'Redis below 6.2: critical; below 7.0, or Redis or Valkey below the security fixes of its line: warning; Dragonfly has numbers of its own, which are not judged',
    why: 'BullMQ refuses versions below 5.0; older ones lack what it needs, and holes in Lua are open to whoever may run scripts.',
    notProvoked: 'it takes servers of other versions',
    remedy: [
      'Upgrade to Redis 7.2, 8.2.9 or later, or Valkey 8.1.9 or later',
      'A distribution mends old numbers: see the revision of the package (dpkg -l redis-server, rpm -q redis)',
    ],
    profiles: EVERY_REDIS,
    judge: judgeVersion,
  },
  {
    id: 'CFG10',
    title: 'Queues share the server with other data',
    area: 'configuration',
    rule: 'more than 10 % of sampled keys outside the queues: warning',
    why: 'A cache fills the memory of the queues, its FLUSHALL empties them, and its slow commands hold them up.',
    remedy: ['Give the cache its own Redis process: a database number does not separate them'],
    judge: judgeSharing,
  },
  {
    id: 'CFG11',
    title: 'The server cuts idle connections',
    area: 'configuration',
    rule: 'timeout 1 to 9 s: critical; below 300 s: warning',
    why: 'Waiting workers are idle: they are cut while they wait for a job.',
    remedy: ['redis-cli CONFIG SET timeout 0'],
    isFixable: true,
    isCheap: true,
    judge: (sample) =>
      judged(setting(sample, 'timeout'), (text) => {
        const seconds = Number(text);
        if (!(seconds > 0) || seconds >= 300) return undefined;
        const seen = `timeout is ${seconds} s`;
        return seconds < 10 ? critical(seen) : warning(seen);
      }),
  },
  {
    id: 'CFG14',
    title: 'Dangerous switches are on',
    area: 'configuration',
    rule: 'enable-debug-command, enable-module-command or enable-protected-configs other than no: warning',
    why: 'Whoever reaches this Redis can stop it, load code into it, or write files.',
    remedy: ['In redis.conf: <the switch> no, then restart (it cannot be set while Redis runs)'],
    profiles: EVERY_REDIS,
    judge: judgeSwitches,
  },
  {
    id: 'CFG15',
    title: 'The buffer for replicas is smaller than the data',
    area: 'configuration',
    rule: 'client-output-buffer-limit replica below the size of a snapshot: warning',
    why: 'A replica that is being filled is cut again and again, and never ready to take over.',
    remedy: ['redis-cli CONFIG SET client-output-buffer-limit "replica 1gb 256mb 60"'],
    judge: judgeBuffers,
  },
  {
    id: 'CFG17',
    title: 'Scripts are not loaded',
    area: 'configuration',
    rule: 'a script of this process missing: warning; scripts evicted, or more of them asked for in vain than sent in full, since the last look: critical',
    why: 'A flow whose script is missing resolves, and its child does not exist.',
    remedy: [
      'npx drover doctor --fix --checks CFG17',
      'Plain BullMQ: SCRIPT LOAD all scripts on every connection, and check every reply of EXEC',
    ],
    isFixable: true,
    judge: judgeScripts,
  },
];

/** How much memory it may take, of what there is. */
export function judgeMaxMemory(sample: Sample): readonly Verdict[] {
  return judged(figure(sample, 'maxmemory'), (limit) => {
    // Dragonfly, and services that set it themselves, always have one.
    const memory = valueOr(
      sample.server.memoryBytes,
      Number(valueOr(field(sample, 'total_system_memory'), 0)),
    );
    const half = [
      `redis-cli CONFIG SET maxmemory ${Math.floor(memory / 2)} (half of the memory; and in redis.conf)`,
      'npx drover redis memory (which queues take it)',
    ];
    const remedy = memory > 0 ? half : undefined;
    if (limit === 0) return warning('maxmemory is 0: no limit', remedy);
    if (memory > 0 && limit > BIG_MEMORY * memory)
      return warning(
        `maxmemory is ${formatSize(limit)} of ${formatSize(memory)} (${Math.round((100 * limit) / memory)} %)`,
        remedy,
      );
    return undefined;
  });
}

function judgePersistence(sample: Sample): readonly Verdict[] {
  return judged(figure(sample, 'aof_enabled'), (isAof) => {
    const save = setting(sample, 'save');
    if (isAof === 0) {
      if (!save.isRead)
        return [warning('there is no append-only file'), unverified(`save: ${save.reason}`)];
      return save.value === ''
        ? critical('neither an append-only file nor snapshots')
        : warning(`snapshots only (save ${save.value})`);
    }
    const verdicts: Verdict[] = [];
    if (valueOr(setting(sample, 'appendfsync'), null) === 'no')
      verdicts.push(warning('appendfsync is no'));
    if (valueOr(setting(sample, 'no-appendfsync-on-rewrite'), null) === 'yes')
      verdicts.push(warning('no-appendfsync-on-rewrite is yes'));
    const fsync = setting(sample, 'appendfsync');
    if (!fsync.isRead) verdicts.push(unverified(`appendfsync: ${fsync.reason}`));
    return verdicts;
  });
}

/** Line → the first version with the fixes for holes in Lua. */
const SECURE: Readonly<Record<string, string>> = {
  '8.0': '8.2.9',
  '8.2': '8.2.9',
  '8.4': '8.4.6',
  '8.6': '8.6.6',
  '8.8': '8.8.2',
  '8.10': '8.10.1',
};

/** The same for Valkey: the first without the known ways to run code or to use freed memory of Lua. */
const SECURE_VALKEY: Readonly<Record<string, string>> = {
  '7.2': '7.2.14',
  '8.0': '8.0.10',
  '8.1': '8.1.9',
  '9.0': '9.0.5',
  '9.1': '9.1.2',
};

function judgeVersion(sample: Sample): readonly Verdict[] {
  const dragonfly = field(sample, 'dragonfly_version');
  if (dragonfly.isRead)
    return [unverified(`Dragonfly ${dragonfly.value}: which versions suffice is not known here`)];
  // Valkey says redis_version 7.2.4 whatever it is.
  const valkey = field(sample, 'valkey_version');
  if (valkey.isRead)
    return judged(valkey, (version) => belowSecure('valkey_version', version, SECURE_VALKEY));
  return judged(field(sample, 'redis_version'), (version) => {
    if (isBelow(version, '6.2')) return critical(`redis_version ${version}`);
    if (isBelow(version, '7.0')) return warning(`redis_version ${version}`);
    return belowSecure('redis_version', version, SECURE);
  });
}

function belowSecure(
  name: string,
  version: string,
  fixes: Readonly<Record<string, string>>,
): Verdict | undefined {
  const secure = fixes[version.split('.').slice(0, 2).join('.')];
  return secure && isBelow(version, secure)
    ? warning(`${name} ${version}, security fixes came with ${secure}`)
    : undefined;
}

function judgeSharing(sample: Sample): readonly Verdict[] {
  return judged(sample.server.keys, ({ looked, foreign, foreignExamples }) => {
    // How many have a lifetime says nothing: what Drover keeps has one, too.
    return foreign >= FOREIGN_AT_LEAST && foreign > FOREIGN * looked
      ? warning(
          `${foreign} of ${looked} sampled keys belong to no queue, such as ${foreignExamples.join(', ')}`,
        )
      : undefined;
  });
}

const SWITCHES = ['enable-debug-command', 'enable-module-command', 'enable-protected-configs'];

function judgeSwitches(sample: Sample): readonly Verdict[] {
  return judged(sample.server.config, (config) =>
    SWITCHES.filter((name) => (config.get(name) ?? 'no') !== 'no').map((name) =>
      warning(`${name} is ${config.get(name)}`, [
        `In redis.conf: ${name} no, then restart (it cannot be set while Redis runs)`,
      ]),
    ),
  );
}

function judgeBuffers(sample: Sample): readonly Verdict[] {
  return judged(setting(sample, 'client-output-buffer-limit'), (text) => {
    const limit = Number(/(?:slave|replica) (\d+)/.exec(text)?.[1] ?? 0);
    const used = valueOr(figure(sample, 'used_memory'), 0);
    const replicas = valueOr(figure(sample, 'connected_slaves'), 0);
    return limit > 0 && limit < used && replicas > 0
      ? warning(`the limit is ${formatSize(limit)}, the data ${formatSize(used)}`)
      : undefined;
  });
}

function judgeScripts(sample: Sample): readonly Verdict[] {
  const missing = judged(sample.server.missingScripts, (count) =>
    count > 0 ? warning(`${count} scripts of BullMQ are not loaded`) : undefined,
  );
  const by = (name: string, part?: string): number =>
    valueOr(grown(sample, name, part), { by: 0 }).by;
  // Outside of a transaction whoever is told NOSCRIPT sends the script in full: nothing is lost then.
  const sent = by('cmdstat_eval', 'calls') + by('cmdstat_script|load', 'calls');
  const lost = by('evicted_scripts') + Math.max(0, by('errorstat_NOSCRIPT', 'count') - sent);
  return lost > 0
    ? [
        ...missing,
        critical(`${lost} scripts were missing when they were called, since the last look`),
      ]
    : missing;
}
