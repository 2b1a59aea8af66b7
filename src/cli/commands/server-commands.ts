/**
 * Commands on Redis, tokens, the audit and the whole, and the programs: plain data.
 */
import type { Noun, Option } from '../command.ts';

/** `redis …`. */
export const REDIS_COMMANDS: Noun = {
  name: 'redis',
  says: 'See how Redis is',
  commands: [
    {
      path: ['redis', 'info'],
      says: 'Version, memory, clients, persistence, replication',
      action: 'redis.info',
      view: { kind: 'record', formats: { 'memory.fragmentationRatio': 'number' } },
      examples: ['redis info'],
    },
    {
      path: ['redis', 'connections'],
      says: 'Connections by application and role',
      action: 'redis.clients',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['APPLICATION', 'application'],
          ['ROLE', 'role'],
          ['COUNT', 'count', 'number'],
          ['PROCESSES', 'processes', 'number'],
          ['HOSTS', 'hosts', 'list'],
          ['OLDEST', 'oldestSeconds', 'seconds'],
          ['IDLE', 'longestIdleSeconds', 'seconds'],
          ['OUTPUT', 'outputBytes', 'bytes'],
        ],
        empty: 'No connections.',
      },
      examples: ['redis connections'],
    },
    {
      path: ['redis', 'slowlog'],
      says: 'The slowest commands, with the script and the queue',
      options: [{ flags: '--limit <n>', says: 'at most so many, 1 to 512', as: 'number' }],
      action: 'redis.slowlog',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['AT', 'at', 'time'],
          ['MICROSECONDS', 'tookMicroseconds', 'number'],
          ['SCRIPT', 'script'],
          ['QUEUE', 'queue'],
          ['CLIENT', 'client'],
          ['COMMAND', 'command'],
        ],
        empty: 'Nothing was slow.',
      },
      examples: ['redis slowlog --limit 20'],
    },
    {
      path: ['redis', 'memory'],
      says: 'Which queues take the most of its memory',
      options: [{ flags: '--limit <n>', says: 'at most so many, 1 to 50', as: 'number' }],
      action: 'redis.memory',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['QUEUE', 'queue'],
          ['BYTES', 'bytes', 'bytes'],
        ],
        empty: 'No queues.',
      },
      examples: ['redis memory'],
    },
    {
      path: ['redis', 'size'],
      says: 'How large the Redis of the queues must be',
      options: [
        { flags: '--waiting <n>', says: 'jobs that wait at the fullest time', as: 'number' },
        { flags: '--delayed <n>', says: 'jobs with a delay or a priority', as: 'number' },
        { flags: '--completed <n>', says: 'completed jobs that are kept', as: 'number' },
        { flags: '--failed <n>', says: 'failed jobs that are kept', as: 'number' },
        { flags: '--data <size>', says: 'data of a job as JSON, such as 500 or 4kb' },
        { flags: '--result <size>', says: 'what a job returns, as JSON' },
        { flags: '--options <size>', says: 'options of a job as JSON, 171 by default' },
        { flags: '--queues <n>', says: '1 by default', as: 'number' },
        { flags: '--processes <n>', says: 'that add or work, 1 by default', as: 'number' },
        {
          flags: '--from-redis',
          says: 'begin with what the queues of this Redis hold',
          as: 'flag',
        },
      ],
      // What it reads, it reads with --from-redis only.
      alsoCalls: ['queues.list', 'memory.get', 'redis.info'],
      program: 'redis-size',
      view: { kind: 'record' },
      examples: [
        'redis size --waiting 100000 --data 2kb --completed 1000 --processes 10',
        'redis size --from-redis --waiting 1000000',
      ],
    },
    {
      path: ['redis', 'latency'],
      says: 'Round trips from here, and what was slow',
      action: 'redis.latency',
      view: { kind: 'record' },
      examples: ['redis latency'],
    },
    {
      path: ['redis', 'check'],
      says: 'The quick checks of the doctor',
      action: 'doctor.run',
      fixed: { quick: true },
      looksAround: true,
      program: 'doctor',
      view: { kind: 'doctor' },
      examples: ['redis check'],
    },
  ],
};

/** `token …`. */
export const TOKEN_COMMANDS: Noun = {
  name: 'token',
  says: 'Make, list and revoke API tokens',
  commands: [
    {
      path: ['token', 'create'],
      says: 'Make a token; its secret is shown this once',
      arguments: [{ name: 'name', says: 'what it is for' }],
      options: [
        {
          flags: '--may <names>',
          says: 'roles and permissions, parted by commas',
          field: 'may',
          as: 'list',
          isRequired: true,
        },
        {
          flags: '--queues <patterns>',
          says: 'on which queues, parted by commas; all by default',
          field: 'queues',
          as: 'list',
        },
        { flags: '--expires <duration>', says: '90 days by default, such as 365d' },
      ],
      action: 'tokens.create',
      view: { kind: 'record', formats: { grants: 'grants' } },
      examples: [
        'token create grafana --may viewer',
        "token create ops --may operator --queues 'mail*'",
      ],
    },
    {
      path: ['token', 'list'],
      says: 'API tokens, without their secrets',
      action: 'tokens.list',
      view: {
        kind: 'table',
        columns: [
          ['ID', 'id'],
          ['NAME', 'name'],
          ['MAY', 'grants', 'grants'],
          ['BY', 'createdBy'],
          ['EXPIRES', 'expiresAt', 'time'],
          ['LAST USED', 'lastUsedAt', 'time'],
          ['REVOKED', 'revokedAt', 'time'],
        ],
        empty: 'No tokens.',
      },
      examples: ['token list'],
    },
    {
      path: ['token', 'revoke'],
      says: 'A token is good no more',
      arguments: [{ name: 'token', says: 'its id' }],
      action: 'tokens.revoke',
      asks: 'yes',
      view: { kind: 'record', formats: { grants: 'grants' } },
      examples: ['token revoke 0mwxoz6q --yes'],
    },
  ],
};

const QUERY: readonly Option[] = [
  { flags: '--queue <queue>', says: 'only about this queue' },
  { flags: '--action <name>', says: 'only this action, such as queues.pause' },
  { flags: '--actor <name>', says: 'only by this one' },
  { flags: '--after <time>', says: 'a duration back from now, or epoch ms' },
  { flags: '--before <time>', says: 'a duration back from now, or epoch ms' },
];

/** `audit …`. */
export const AUDIT_COMMANDS: Noun = {
  name: 'audit',
  says: 'Read, export and verify who did what',
  commands: [
    {
      path: ['audit', 'list'],
      says: 'Who did what to what, newest first',
      options: [
        ...QUERY,
        { flags: '--limit <n>', says: 'at most so many rows', as: 'number' },
        { flags: '--cursor <text>', says: 'where the page before said the next one begins' },
      ],
      action: 'audit.list',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['N', 'n', 'number'],
          ['AT', 'at', 'time'],
          ['ACTOR', 'actor.name'],
          ['ACTION', 'action'],
          ['QUEUE', 'queue'],
          ['RESULT', 'result'],
          ['CODE', 'code'],
          ['ADDRESS', 'address'],
        ],
        empty: 'Nothing is written down.',
      },
      examples: ['audit list --after 24h', 'audit list --action queues.obliterate'],
    },
    {
      path: ['audit', 'verify'],
      says: 'Whether the chain of the audit is whole',
      options: [{ flags: '--anchor <n:hash>', says: 'an anchor that was kept elsewhere' }],
      action: 'audit.verify',
      endsBy: { field: 'isWhole', codes: { false: 1 } },
      view: { kind: 'record' },
      examples: ['audit verify'],
    },
    {
      path: ['audit', 'export'],
      says: 'The audit as NDJSON, oldest first',
      options: QUERY,
      action: 'audit.export',
      view: { kind: 'lines' },
      examples: ['audit export > audit.ndjson'],
    },
  ],
};

/** `health …`. */
export const HEALTH_COMMANDS: Noun = {
  name: 'health',
  says: 'How Redis, the process and the queues are',
  commands: [
    {
      path: ['health', 'redis'],
      says: 'How Redis is and since when',
      action: 'health.redis',
      looksAround: true,
      isDefault: true,
      endsBy: { field: 'status', codes: { unhealthy: 5 } },
      view: { kind: 'record', formats: { 'memory.fragmentationRatio': 'number' } },
      examples: ['health', 'health --server https://drover.example.org'],
    },
    {
      path: ['health', 'queues'],
      says: 'Statistics and health of the queues of a process',
      action: 'health.queues',
      needsServer: true,
      endsBy: { field: 'status', codes: { unhealthy: 5 } },
      view: { kind: 'record' },
      examples: ['health queues --server https://drover.example.org'],
    },
    {
      path: ['health', 'ready'],
      says: 'Whether the process does its work on all its queues',
      action: 'health.ready',
      needsServer: true,
      endsBy: { field: 'status', codes: { 'not-ready': 1 } },
      view: { kind: 'record' },
      examples: ['health ready --server https://drover.example.org'],
    },
    {
      path: ['health', 'live'],
      says: 'Whether the process answers at all',
      action: 'health.live',
      needsServer: true,
      view: { kind: 'record' },
      examples: ['health live --server https://drover.example.org'],
    },
  ],
};
