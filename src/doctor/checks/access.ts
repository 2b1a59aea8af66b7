/**
 * Checks of who may do what: users, passwords, rights, refusals. Pure.
 */

import { quoted, setUserCommand } from '../acl-line.ts';
import { DISPENSABLE } from '../acl-roles.ts';
import {
  type Check,
  critical,
  EVERY_REDIS,
  field,
  grown,
  information,
  judged,
  unverified,
  type Verdict,
  warning,
} from '../check.ts';
import { valueOr } from '../reading.ts';
import type { AclRefusal, AclUser, Sample } from '../sample.ts';
import { isBelow } from '../server-version.ts';

/** Refusals older than this are of the past. */
const RECENT_SECONDS = 24 * 3_600;

/** What the doctor itself may have been refused, as its own user. */
const OWN_READS =
  /^(?:config\|get|slowlog\|get|latency\|latest|acl\|(?:whoami|getuser|log|list)|client\|(?:list|id)|cluster\|\w+|script\|exists|time|scan)$/i;

/** Users and rights. */
export const ACCESS_CHECKS: readonly Check[] = [
  {
    id: 'CFG04',
    title:
      'The next restart loses the queues: the default user may not replay the append-only file',
    area: 'configuration',
    rule: 'append-only file, and a default user without +@all ~* &*: critical on versions that replay as that user, information on others',
    why: 'Redis replays the file as the default user, and drops every script that this user may not run: all jobs are gone, silently.',
    remedy: [
      "redis-cli ACL SETUSER default off resetpass '~*' '&*' '+@all'",
      'Write it down: redis-cli ACL SAVE where there is an aclfile, else the user line of redis.conf',
      'redis-cli BGREWRITEAOF (only while the keys are in memory: after a bad restart correct the ACL and restart, without a rewrite)',
    ],
    judge: judgeDefaultUser,
  },
  {
    id: 'CFG05',
    title: 'Anybody who reaches this Redis gets in',
    area: 'configuration',
    rule: 'no password and reachable beyond this machine: critical; the application connects as the default user: warning',
    why: 'Jobs can be read, changed and deleted by whoever reaches the port; one user for all cannot be limited or rotated.',
    remedy: [
      'npx drover acl print app (the rules in full)',
      'redis-cli ACL SETUSER drover-app <rules>',
      'In REDIS_URL: redis://drover-app:PASSWORD@host:6379',
      "redis-cli ACL SETUSER default off resetpass '~*' '&*' '+@all' (once no application uses it)",
    ],
    judge: judgeAuthentication,
  },
  {
    id: 'CFG06',
    title: 'The user lacks commands that queues need',
    area: 'configuration',
    rule: 'a command of the roles app or viewer missing: critical, information for a user of another role, or who lacks only CLIENT LIST or MEMORY USAGE',
    why: 'A script that is refused half way leaves a job in no list: it is lost.',
    remedy: [
      'Do not start workers before: redis-cli ACL SETUSER <user> <the missing +commands>',
      'npx drover acl print app (all that the role needs)',
    ],
    isCheap: true,
    judge: judgeRights,
  },
  {
    id: 'CFG16',
    title: 'Users in memory differ from the file',
    area: 'configuration',
    rule: 'any difference: warning',
    why: 'The next restart brings the users of the file back: applications are locked out, or rights return.',
    remedy: ['redis-cli ACL SAVE (memory is right)', 'or redis-cli ACL LOAD (the file is right)'],
    profiles: EVERY_REDIS,
    judge: ({ server }) =>
      judged(server.aclDrift, (users) =>
        users.length > 0 ? warning(`these users differ: ${users.join(', ')}`) : undefined,
      ),
  },
  {
    id: 'ERR02',
    title: 'Commands were refused by the ACL',
    area: 'live',
    rule: 'entries of the last day, but for what this doctor was refused itself: warning; one inside a script: critical',
    why: 'A script that was refused half way may have left a job in no list.',
    remedy: [
      'Give the user what it lacks: redis-cli ACL SETUSER <user> +<command>, or ~<keys>',
      'redis-cli ACL LOG RESET (then npx drover doctor: MEM08 finds jobs left behind)',
    ],
    judge: judgeRefusals,
  },
  {
    id: 'ERR01',
    title: 'Redis answers with errors',
    area: 'live',
    rule: 'any of the errors that queues suffer from since the last look: warning',
    why: 'Each means that adds, fetches or acknowledgements are refused.',
    remedy: ['npx drover doctor: the check that an error belongs to says what to do'],
    judge: judgeErrors,
  },
];

function judgeDefaultUser(sample: Sample): readonly Verdict[] {
  if (valueOr(field(sample, 'aof_enabled'), null) === '0') return [];
  return judged(sample.server.defaultUser, (user) => {
    const lacks = lackOf(user);
    if (lacks === undefined) return undefined;
    const seen = `the default user has ${lacks}, and appendonly is on`;
    return isReplayMended(sample) ? information(seen) : critical(seen);
  });
}

function lackOf({ commands, keys, channels }: AclUser): string | undefined {
  const rules = commands.trim().split(/\s+/);
  if (!rules.includes('+@all') || rules.some((rule) => rule.startsWith('-') && rule !== '-@all'))
    return `the commands "${commands}"`;
  if (!keys.split(/\s+/).includes('~*')) return `the keys "${keys || 'none'}"`;
  return channels.split(/\s+/).includes('&*') ? undefined : `the channels "${channels || 'none'}"`;
}

/** Replays with all rights whatever the default user has. */
function isReplayMended(sample: Sample): boolean {
  const { info } = sample.server;
  if (!info.isRead || info.value.has('valkey_version')) return false;
  return !isBelow(info.value.get('redis_version') ?? '0', '8.4.4');
}

const AFTER_THE_USER = [
  'In REDIS_URL: redis://drover-app:PASSWORD@host:6379',
  "redis-cli ACL SETUSER default off resetpass '~*' '&*' '+@all' (once no application uses it)",
];

function judgeAuthentication(sample: Sample): readonly Verdict[] {
  const { isLocal, server } = sample;
  const line = valueOr(server.appLine, null);
  const remedy = line === null ? undefined : [setUserCommand(line), ...AFTER_THE_USER];
  const open = isLocal
    ? []
    : judged(server.isOpen, (isOpen) =>
        isOpen
          ? critical(
              'a connection without a password is let in, and this is not a local address',
              remedy,
            )
          : undefined,
      );
  const user =
    isLocal && valueOr(server.isOpen, false)
      ? []
      : judged(server.user, (name) =>
          name === 'default'
            ? warning('this application is connected as the default user', remedy)
            : undefined,
        );
  return [...open, ...user];
}

function judgeRights({ server }: Sample): readonly Verdict[] {
  return judged(server.missingRights, (roles) => {
    const missing = (role: string): readonly string[] => roles.get(role) ?? [];
    const app = missing('app');
    const whose = valueOr(server.user, 'this user');
    const lacks = (role: string, names: readonly string[]): string =>
      `${whose} lacks of the role ${role}: ${names.map((name) => `+${name}`).join(' ')}`;
    const remedy = (names: readonly string[]): readonly string[] => [
      `redis-cli ACL SETUSER ${valueOr(server.user, '<user>')} ${names.map((name) => quoted(`+${name}`)).join(' ')}`,
      'All that a role needs: npx drover acl print app',
      'Do not start workers before; afterwards: npx drover doctor',
    ];
    if (app.length === 0) return undefined;
    if (app.every((name) => DISPENSABLE.includes(name)))
      return information(`${lacks('app', app)}: less is told, nothing fails`, remedy(app));
    const suffices = (role: string): boolean =>
      missing(role).every((name) => DISPENSABLE.includes(name));
    const isOf = (role: string, what: string): Verdict =>
      information(`${whose} is a user of the role ${role}`, [`Nothing to do for ${what}`]);
    if (suffices('producer')) return isOf('producer', 'a process that only adds');
    // Whoever cannot add cannot have been meant for more than looking.
    const onlyLooks = ['hset', 'rpush', 'zadd'].every((name) => app.includes(name));
    if (!onlyLooks) return critical(lacks('app', app), remedy(app));
    return suffices('viewer')
      ? isOf('viewer', 'a console that only looks')
      : warning(lacks('viewer', missing('viewer')), remedy(missing('viewer')));
  });
}

function judgeRefusals({ server }: Sample): readonly Verdict[] {
  const self = valueOr(server.user, null);
  return judged(server.aclLog, (entries) => {
    const recent = entries.filter(
      ({ ageSeconds, context, object, user }) =>
        ageSeconds < RECENT_SECONDS &&
        !(user === self && context === 'toplevel' && OWN_READS.test(object)),
    );
    const inScript = recent.find(
      ({ reason, context }) => reason === 'command' && context === 'lua',
    );
    const first = inScript ?? recent[0];
    if (!first) return undefined;
    const where = first.context === 'lua' ? ' inside a script' : '';
    const seen = `${recent.length} refusals; ${first.user} was refused ${first.reason} "${first.object}"${where}, ${first.count} times`;
    return inScript ? critical(seen, grantOf(first)) : warning(seen, grantOf(first));
  });
}

/** What gives a user the command it was refused; undefined when it was another refusal. */
function grantOf({ reason, object, user }: AclRefusal): readonly string[] | undefined {
  // Both are text of whoever was refused.
  if (reason !== 'command' || !/^[\w|-]+$/.test(object) || !/^[\w.:@-]+$/.test(user))
    return undefined;
  return [
    `redis-cli ACL SETUSER ${user} ${quoted(`+${object}`)} (if it should have it)`,
    'redis-cli ACL LOG RESET (then npx drover doctor: MEM08 finds jobs left behind)',
  ];
}

/** Error → the check that says what to do. */
const CHECK_OF: Readonly<Record<string, string>> = {
  OOM: 'MEM02',
  MISCONF: 'PER01',
  READONLY: 'CFG08',
  NOREPLICAS: 'REP03',
  BUSY: 'LAT03',
  LOADING: 'LOD01',
  NOPERM: 'ERR02',
  EXECABORT: 'CFG17',
  WRONGPASS: 'CFG05',
  NOAUTH: 'CFG05',
  CROSSSLOT: 'CFG08',
  CLUSTERDOWN: 'CLU01',
  UNBLOCKED: 'REP04',
};

function judgeErrors(sample: Sample): readonly Verdict[] {
  const counts = Object.entries(CHECK_OF).map(
    ([name, check]) => [name, check, grown(sample, `errorstat_${name}`, 'count')] as const,
  );
  const first = counts[0]![2];
  if (!first.isRead) return [unverified(first.reason)];
  return counts.flatMap(([name, check, count]) =>
    count.isRead && count.value.by > 0
      ? [
          warning(`${count.value.by} × ${name} since the last look`, [
            `See ${check} of this report, or docs/reference/doctor.md`,
          ]),
        ]
      : [],
  );
}
