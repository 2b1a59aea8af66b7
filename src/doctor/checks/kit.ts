/**
 * Checks against the kit: whether a server is what it is taken for, and set as the kit sets it. Pure.
 *
 * A difference that another check tells is told there, with its own remedy. What an instance has that the kit does not
 * set is nobody's concern.
 */
import {
  type Check,
  critical,
  field,
  judged,
  setting,
  unverified,
  type Verdict,
  warning,
} from '../check.ts';
import { instanceKind } from '../instance-kind.ts';
import { KIT_SETTINGS, type KitSetting, needsRestart, type Profile } from '../kit-settings.ts';
import { valueOr } from '../reading.ts';
import type { Sample } from '../sample.ts';
import { isSame } from '../setting-values.ts';

/** The address of the other instance was given. */
export const MISTAKEN: Check = {
  id: 'KIT03',
  title: 'This is the other instance',
  area: 'configuration',
  rule: 'taken for a queue instance: allkeys-* and nothing kept on disk; taken for a cache: noeviction and kept on disk or with queues: critical',
  why: 'A cache deletes jobs when its memory is full, and a queue instance refuses what a cache would make room for.',
  remedy: ['Give each application the address of its own instance'],
  profiles: ['queue', 'cache'],
  judge: judgeKind,
};

/** What the kit has to say. */
export const KIT_CHECKS: readonly Check[] = [
  MISTAKEN,
  {
    id: 'KIT01',
    title: 'A setting differs from the kit',
    area: 'configuration',
    rule: 'any directive of the configuration file of the kit, as bad as the difference is; what another check tells is left to it',
    why: 'The kit sets each directive for a reason, which its configuration file tells.',
    remedy: ['redis-cli CONFIG SET <name> <value>', 'and in redis.conf: <name> <value>'],
    profiles: ['queue', 'cache'],
    judge: judgeSettings,
  },
  {
    id: 'KIT02',
    title: 'Who gets in is not settled',
    area: 'configuration',
    rule: 'a connection without a password is let in, and the server listens beyond this machine without protected mode: critical; no aclfile: warning; a cache that is used as the default user: warning',
    why: 'Users of a file have their own rights and passwords; without it whoever reaches the port may do everything.',
    remedy: [
      'In redis.conf: aclfile /run/secrets/queue-users.acl (the kit has it), then restart',
      'redis-cli CONFIG SET protected-mode yes',
    ],
    profiles: ['queue', 'cache'],
    judge: judgeReach,
  },
];

const OTHER: Readonly<Record<Profile, readonly string[]>> = {
  queue: [
    'Give the address of the queue instance: of the kit, REDIS_QUEUE_URL (port 6380)',
    'npx drover doctor --profile cache (judges this one as a cache)',
  ],
  cache: [
    'Give the address of the cache: of the kit, REDIS_CACHE_URL (port 6379)',
    'npx drover doctor --profile queue (judges this one as a queue instance)',
  ],
};
const CALLED: Readonly<Record<Profile, string>> = {
  queue: 'a queue instance',
  cache: 'a cache',
};

function judgeKind(sample: Sample): readonly Verdict[] {
  const { profile } = sample;
  if (profile === null) return [];
  const policy = field(sample, 'maxmemory_policy');
  if (!policy.isRead) return [unverified(policy.reason)];
  const { kind, signs } = instanceKind(sample);
  if (kind === null || kind === profile) return [];
  const seen = `this is ${CALLED[kind]}, and not ${CALLED[profile]}: ${signs}`;
  return [critical(seen, OTHER[profile])];
}

/** Says whether another check tells of a directive with this value. */
type ToldElsewhere = (value: string, sample: Sample) => boolean;

const TOLD: Readonly<Record<Profile, Readonly<Record<string, ToldElsewhere>>>> = {
  queue: {
    'maxmemory-policy': () => true,
    appendonly: () => true,
    appendfsync: (value, sample) => value === 'no' && isAof(sample),
    'no-appendfsync-on-rewrite': (_, sample) => isAof(sample),
    save: (value, sample) => value === '' && !isAof(sample),
    timeout: (value) => Number(value) < 300,
    'min-replicas-to-write': (value, sample) =>
      Number(valueOr(field(sample, 'min_slaves_good_slaves'), value)) < Number(value),
  },
  cache: {
    'maxmemory-policy': (value) => !value.startsWith('allkeys-'),
    appendonly: () => true,
    save: () => true,
  },
};
const TOLD_OF_BOTH: Readonly<Record<string, ToldElsewhere>> = {
  'enable-debug-command': () => true,
  'enable-module-command': () => true,
  'enable-protected-configs': () => true,
  'protected-mode': (_, sample) => isOpenToAll(sample),
};

function isAof(sample: Sample): boolean {
  return valueOr(field(sample, 'aof_enabled'), '0') === '1';
}

function judgeSettings(sample: Sample): readonly Verdict[] {
  const { profile, server } = sample;
  if (profile === null) return [];
  const told = { ...TOLD_OF_BOTH, ...TOLD[profile] };
  return judged(server.config, (config) =>
    KIT_SETTINGS[profile].flatMap((kit) => {
      const value = config.get(kit.name);
      // A server of another version may not have it.
      if (value === undefined || isSame(kit.value, value)) return [];
      return told[kit.name]?.(value, sample) ? [] : [differs(kit, value)];
    }),
  );
}

function differs(kit: KitSetting, value: string): Verdict {
  const { name, value: wanted, why, ifOther } = kit;
  return {
    severity: ifOther,
    seen: `${name} is ${shown(value)}, the kit has ${shown(wanted)}`,
    why,
    remedy: remedyOf(name, asArgument(wanted)),
  };
}

/** Names of files: another name for them hides the data. */
const OF_FILES = /^append(?:dir|file)name$|^dbfilename$/;

function remedyOf(name: string, wanted: string): readonly string[] {
  if (OF_FILES.test(name))
    return [
      `Leave it on a server with data, which would start empty; for a new one, in redis.conf: ${name} ${wanted}`,
    ];
  if (needsRestart(name))
    return [`In redis.conf: ${name} ${wanted}, then restart (it cannot be set while Redis runs)`];
  return [`redis-cli CONFIG SET ${name} ${wanted}`, `and in redis.conf: ${name} ${bare(wanted)}`];
}

/** As a shell takes it for one word. */
function asArgument(value: string): string {
  return /^[\w.%-]+$/.test(value) ? value : `"${value}"`;
}

/** A file has its words without quotes, but nothing at all. */
function bare(argument: string): string {
  return argument === '""' ? argument : argument.replaceAll('"', '');
}

function shown(value: string): string {
  return value === '' ? 'empty' : value;
}

const WILDCARD = /(?:^|\s)-?(?:\*|0\.0\.0\.0|::|::\*)(?:\s|$)/;

/** Whoever reaches the machine gets in without a password. */
function isOpenToAll(sample: Sample): boolean {
  const { isLocal, server } = sample;
  if (!valueOr(server.isOpen, false)) return false;
  if (!isLocal) return true;
  const bind = valueOr(setting(sample, 'bind'), '');
  // No address at all is all of them.
  const isEverywhere = bind === '' || WILDCARD.test(bind);
  return isEverywhere && valueOr(setting(sample, 'protected-mode'), 'yes') === 'no';
}

function judgeReach(sample: Sample): readonly Verdict[] {
  const { profile, isLocal, server } = sample;
  if (profile === null) return [];
  const verdicts: Verdict[] = [];
  // Of queues that are reached from elsewhere CFG05 tells.
  if (isOpenToAll(sample) && (isLocal || profile === 'cache'))
    verdicts.push(
      critical(
        isLocal
          ? `a connection without a password is let in, bind is ${shown(valueOr(setting(sample, 'bind'), ''))}, and protected-mode is no`
          : 'a connection without a password is let in, and this is not a local address',
        ['redis-cli CONFIG SET protected-mode yes', ...fileOf(profile)],
      ),
    );
  if (profile === 'cache' && valueOr(server.user, null) === 'default')
    verdicts.push(
      warning('this is used as the default user', [
        'In REDIS_CACHE_URL: redis://drover-app:PASSWORD@host:6379',
        ...fileOf(profile),
      ]),
    );
  return [
    ...verdicts,
    ...judged(setting(sample, 'aclfile'), (path) =>
      path === '' ? warning('there is no aclfile', fileOf(profile)) : undefined,
    ),
  ];
}

function fileOf(profile: Profile): readonly string[] {
  return [
    `In redis.conf: aclfile <folder>/${profile}-users.acl, then restart (\`setup\` of the kit writes the file)`,
  ];
}
