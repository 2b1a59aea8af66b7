/**
 * Commands on queues and on their schedulers: plain data.
 */
import { type Column, type Noun, type Option, PAGED, QUEUE } from '../command.ts';

const QUEUE_COLUMNS: readonly Column[] = [
  ['QUEUE', 'queue'],
  ['WAITING', 'counts.waiting', 'number'],
  ['ACTIVE', 'counts.active', 'number'],
  ['DELAYED', 'counts.delayed', 'number'],
  ['FAILED', 'counts.failed', 'number'],
  ['COMPLETED', 'counts.completed', 'number'],
  ['OLDEST', 'oldestWaitingMs', 'duration'],
  ['WORKERS', 'workers', 'number'],
  ['PAUSED', 'isPaused', 'yes'],
];
const RECORD = { kind: 'record' } as const;
const CONFIRM: Option = {
  flags: '--confirm <name>',
  says: 'the name of the queue once more, in place of typing it',
};

/** `queue …`. */
export const QUEUE_COMMANDS: Noun = {
  name: 'queue',
  says: 'See queues, hold them, limit them, empty them',
  commands: [
    {
      path: ['queue', 'list'],
      says: 'Queues of this Redis, under every prefix',
      options: [
        { flags: '--match <pattern>', says: 'only names like this, * standing for any text' },
        {
          flags: '--sort <by>',
          says: 'what comes first',
          choices: ['name', 'waiting', 'failed', 'oldest'],
        },
        ...PAGED,
      ],
      action: 'queues.list',
      view: { kind: 'table', rows: 'rows', columns: QUEUE_COLUMNS, empty: 'No queues.' },
      examples: ['queue list', "queue list --match 'mail*' --sort waiting"],
    },
    {
      path: ['queue', 'show'],
      says: 'One queue with its counts and settings',
      arguments: [QUEUE],
      action: 'queues.get',
      view: RECORD,
      examples: ['queue show mails'],
    },
    {
      path: ['queue', 'pause'],
      says: 'No worker takes new jobs; running ones go on',
      arguments: [QUEUE],
      options: [{ flags: '--reason <text>', says: 'why, for whoever wonders' }],
      action: 'queues.pause',
      view: RECORD,
      examples: ['queue pause mails --reason "provider is down"'],
    },
    {
      path: ['queue', 'resume'],
      says: 'Workers take jobs again',
      arguments: [QUEUE],
      action: 'queues.resume',
      view: RECORD,
      examples: ['queue resume mails'],
    },
    {
      path: ['queue', 'empty'],
      says: 'Delete the jobs that wait; running ones go on',
      arguments: [QUEUE],
      options: [
        { flags: '--delayed', says: 'those that wait for their time, too', as: 'flag' },
        CONFIRM,
      ],
      action: 'queues.empty',
      asks: 'name',
      dryRun: 'field',
      view: RECORD,
      examples: ['queue empty mails --dry-run', 'queue empty mails --confirm mails'],
    },
    {
      path: ['queue', 'clean'],
      says: 'Delete jobs of one state that are older than a duration',
      arguments: [QUEUE],
      options: [
        {
          flags: '--state <state>',
          says: 'of which state',
          choices: ['completed', 'failed', 'delayed', 'wait', 'prioritized', 'paused'],
          isRequired: true,
        },
        { flags: '--older-than <duration>', says: 'such as 24h', isRequired: true },
        { flags: '--limit <n>', says: 'at most so many', as: 'number' },
        CONFIRM,
      ],
      action: 'queues.clean',
      asks: 'name',
      dryRun: 'field',
      view: RECORD,
      examples: ['queue clean mails --state completed --older-than 24h --dry-run'],
    },
    {
      path: ['queue', 'obliterate'],
      says: 'Delete a queue with everything in it',
      arguments: [QUEUE],
      options: [{ flags: '--force', says: 'also while jobs are running', as: 'flag' }, CONFIRM],
      action: 'queues.obliterate',
      asks: 'name',
      dryRun: 'field',
      view: RECORD,
      examples: ['queue obliterate old-mails --dry-run'],
    },
    {
      path: ['queue', 'limit'],
      says: 'At most so many jobs in a duration, in the whole fleet',
      arguments: [QUEUE],
      options: [
        { flags: '--max <n>', says: 'how many', as: 'number', isRequired: true },
        { flags: '--duration <duration>', says: 'in how long, such as 1s', isRequired: true },
      ],
      action: 'queues.limit',
      view: RECORD,
      examples: ['queue limit mails --max 100 --duration 1s'],
    },
    {
      path: ['queue', 'unlimit'],
      says: 'Take the rate limit off',
      arguments: [QUEUE],
      action: 'queues.unlimit',
      view: RECORD,
      examples: ['queue unlimit mails'],
    },
    {
      path: ['queue', 'concurrency'],
      says: 'How many jobs may run at once in the whole fleet',
      arguments: [
        QUEUE,
        { name: 'concurrency', says: 'a number, or "none" for no limit', as: 'number-or-none' },
      ],
      action: 'queues.concurrency',
      view: RECORD,
      examples: ['queue concurrency mails 8', 'queue concurrency mails none'],
    },
    {
      path: ['queue', 'metrics'],
      says: 'Figures minute by minute or hour by hour',
      arguments: [QUEUE],
      options: [
        { flags: '--last <duration>', says: 'how far back, such as 6h' },
        { flags: '--resolution <step>', says: 'how finely', choices: ['minute', 'hour'] },
        { flags: '--every <steps>', says: 'so many steps as one', as: 'number' },
        { flags: '--job-name <name>', says: 'only jobs of this name' },
      ],
      action: 'metrics.history',
      view: {
        kind: 'table',
        rows: 'figures',
        columns: [
          ['FROM', 'from', 'time'],
          ['COMPLETED', 'counts.completed', 'number'],
          ['FAILED', 'counts.failed', 'number'],
          ['PER MIN', 'throughputPerMinute', 'number'],
          ['WAIT P95', 'wait.p95Ms', 'duration'],
          ['RUN P95', 'run.p95Ms', 'duration'],
          ['SOURCE', 'source'],
        ],
        empty:
          'Nothing is known of that time: workers of Drover measure, and "drover serve" derives figures of others while it runs.',
        source: 'source',
      },
      examples: ['queue metrics mails --last 1h', 'queue metrics mails --resolution hour'],
    },
    {
      path: ['queue', 'backlog'],
      says: 'Oldest waiting job, arrivals against service, time to drain',
      arguments: [QUEUE],
      action: 'metrics.backlog',
      view: RECORD,
      examples: ['queue backlog mails'],
    },
    {
      path: ['queue', 'memory'],
      says: "What a queue takes of Redis's memory",
      arguments: [QUEUE],
      action: 'memory.get',
      view: {
        kind: 'table',
        rows: 'kinds',
        columns: [
          ['KIND', 'kind'],
          ['COUNT', 'count', 'number'],
          ['BYTES', 'bytes', 'bytes'],
          ['ERROR', 'standardErrorBytes', 'bytes'],
          ['SOURCE', 'source'],
        ],
        empty: 'Nothing is known of it yet.',
      },
      examples: ['queue memory mails'],
    },
    {
      path: ['queue', 'retention'],
      says: 'How long each queue keeps its data',
      action: 'retention.list',
      view: {
        kind: 'table',
        columns: [
          ['QUEUE', 'queue'],
          ['POLICY', 'policy', 'list'],
          ['REMOVED', 'swept', 'list'],
          ['LOOKED AT', 'roundAt', 'time'],
          ['HELD BY', 'held'],
        ],
        empty: 'No process has said how its queues are kept.',
      },
      examples: ['queue retention --json'],
    },
  ],
};

const SCHEDULER = { name: 'scheduler', says: 'its id' } as const;
const SCHEDULER_VIEW = { kind: 'record', formats: { data: 'json' } } as const;

/** `scheduler …`. */
export const SCHEDULER_COMMANDS: Noun = {
  name: 'scheduler',
  says: 'See, make, run and remove schedulers',
  commands: [
    {
      path: ['scheduler', 'list'],
      says: 'Schedulers of a queue, the next to run first',
      arguments: [QUEUE],
      options: PAGED,
      action: 'schedulers.list',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['ID', 'id'],
          ['JOB', 'jobName'],
          ['SCHEDULE', 'words'],
          ['NEXT', 'nextAt', 'time'],
          ['RUNS', 'iterations', 'number'],
        ],
        empty: 'No schedulers.',
      },
      examples: ['scheduler list mails'],
    },
    {
      path: ['scheduler', 'all'],
      says: 'Schedulers of all queues, the next to run first',
      options: [{ flags: '--limit <n>', says: 'at most so many rows', as: 'number' }],
      action: 'schedulers.all',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['QUEUE', 'queue'],
          ['ID', 'id'],
          ['JOB', 'jobName'],
          ['SCHEDULE', 'words'],
          ['NEXT', 'nextAt', 'time'],
          ['RUNS', 'iterations', 'number'],
        ],
        empty: 'No schedulers.',
      },
      examples: ['scheduler all'],
    },
    {
      path: ['scheduler', 'show'],
      says: 'One scheduler',
      arguments: [QUEUE, SCHEDULER],
      action: 'schedulers.get',
      view: SCHEDULER_VIEW,
      examples: ['scheduler show mails nightly'],
    },
    {
      path: ['scheduler', 'set'],
      says: 'Make a scheduler, or change its schedule and its jobs',
      arguments: [QUEUE, SCHEDULER],
      options: [
        { flags: '--pattern <cron>', says: 'cron, five or six fields' },
        { flags: '--every <duration>', says: 'in place of a pattern, such as 15m' },
        { flags: '--time-zone <zone>', says: 'of the pattern, such as Europe/Berlin' },
        { flags: '--job-name <name>', says: 'name of its jobs' },
        { flags: '--data <json>', says: 'data of its jobs', as: 'data' },
      ],
      action: 'schedulers.set',
      view: SCHEDULER_VIEW,
      examples: [
        "scheduler set mails nightly --pattern '0 3 * * *' --time-zone UTC",
        'scheduler set mails probe --every 15m --job-name probe',
      ],
    },
    {
      path: ['scheduler', 'run'],
      says: 'Add a job of its template now, beside the schedule',
      arguments: [QUEUE, SCHEDULER],
      action: 'schedulers.run',
      view: RECORD,
      examples: ['scheduler run mails nightly'],
    },
    {
      path: ['scheduler', 'remove'],
      says: 'Remove a scheduler and its next job',
      arguments: [QUEUE, SCHEDULER],
      action: 'schedulers.remove',
      asks: 'yes',
      view: RECORD,
      examples: ['scheduler remove mails nightly --yes'],
    },
  ],
};
