/**
 * Commands on jobs, one by one and in bulk, and on bulk actions: plain data.
 */
import { type Command, type Noun, type Option, PAGED, QUEUE } from '../command.ts';

const JOB = { name: 'job', says: 'its id' } as const;
const JOBS = {
  ...JOB,
  says: 'ids; or none, and --state with --filter',
  isOptional: true,
  isMany: true,
} as const;
const STATES = [
  ...['waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed'],
  ...['waiting-children', 'paused'],
];
const FILTER: Option = {
  flags: '--filter <text>',
  says: "only those that match, such as 'name:resize after:2h'",
};
const MANY: readonly Option[] = [
  { flags: '--state <state>', says: 'all of this state', choices: STATES },
  FILTER,
  { flags: '--per-second <n>', says: 'at most so many a second', as: 'number' },
];
const CONFIRM: Option = {
  flags: '--confirm <name>',
  says: 'the name of the queue once more, in place of typing it',
};
const RECORD = { kind: 'record' } as const;

/** A command that deals with one job, or with many as a bulk action. */
function oneOrMany(
  kind: 'retry' | 'promote' | 'remove',
  says: string,
  asks: 'yes' | 'name',
  examples: readonly string[],
): Command {
  return {
    ...{ path: ['job', kind], says, arguments: [QUEUE, JOBS], action: `jobs.${kind}` },
    options: asks === 'name' ? [...MANY, CONFIRM] : MANY,
    ...(asks === 'name' && { asks: 'yes' as const }),
    ...{ alsoCalls: ['jobs.bulk', 'jobs.plan'], bulk: { kind, asks }, dryRun: 'jobs.plan' },
    ...{ view: RECORD, examples },
  };
}

/** `job …`. */
export const JOB_COMMANDS: Noun = {
  name: 'job',
  says: 'See jobs, add, edit, retry, move and remove them',
  commands: [
    {
      path: ['job', 'list'],
      says: 'Jobs of one state, a page at a time',
      arguments: [QUEUE],
      options: [
        { flags: '--state <state>', says: 'of which state', choices: STATES, isRequired: true },
        { flags: '--order <order>', says: 'what comes first', choices: ['newest', 'oldest'] },
        FILTER,
        ...PAGED,
      ],
      action: 'jobs.list',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['ID', 'id'],
          ['NAME', 'name'],
          ['ADDED', 'addedAt', 'time'],
          ['FINISHED', 'finishedAt', 'time'],
          ['TRIES', 'attemptsMade', 'number'],
          ['DATA', 'dataBytes', 'bytes'],
          ['FAILED FOR', 'failedReason'],
        ],
        empty: 'No jobs.',
      },
      examples: ['job list mails --state failed', 'job list mails --state waiting --order oldest'],
    },
    {
      path: ['job', 'find'],
      says: 'Jobs of one id, in all queues',
      arguments: [{ name: 'id', says: 'id of the jobs' }],
      options: [{ flags: '--limit <n>', says: 'at most so many rows', as: 'number' }],
      action: 'jobs.find',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['QUEUE', 'queue'],
          ['ID', 'id'],
          ['NAME', 'name'],
          ['STATE', 'state'],
          ['ADDED', 'addedAt', 'time'],
          ['FINISHED', 'finishedAt', 'time'],
          ['FAILED FOR', 'failedReason'],
        ],
        empty: 'No jobs.',
      },
      examples: ['job find 17'],
    },
    {
      path: ['job', 'hints'],
      says: 'What a filter can ask for, told by the newest jobs of one state',
      arguments: [QUEUE],
      options: [
        { flags: '--state <state>', says: 'of which state', choices: STATES, isRequired: true },
      ],
      action: 'jobs.hints',
      view: RECORD,
      examples: ['job hints mails --state failed'],
    },
    {
      path: ['job', 'show'],
      says: 'One job with its data, result, options and stack traces',
      arguments: [QUEUE, JOB],
      options: [{ flags: '--full', says: 'all of its data, however large', as: 'flag' }],
      action: 'jobs.get',
      view: RECORD,
      examples: ['job show mails 17', 'job show mails 17 --json'],
    },
    {
      path: ['job', 'logs'],
      says: 'Lines that its processor has logged',
      arguments: [QUEUE, JOB],
      options: PAGED,
      action: 'jobs.logs',
      view: { kind: 'field', field: 'lines' },
      examples: ['job logs mails 17'],
    },
    {
      path: ['job', 'flow'],
      says: 'The tree of its children',
      arguments: [QUEUE, JOB],
      options: [
        { flags: '--depth <n>', says: 'how deep, 1 to 10', as: 'number' },
        { flags: '--most <n>', says: 'children of a node, 1 to 100', as: 'number' },
      ],
      action: 'jobs.flow',
      view: { kind: 'tree' },
      examples: ['job flow orders 42 --depth 3'],
    },
    {
      path: ['job', 'add'],
      says: 'Add a job',
      arguments: [QUEUE, { name: 'name', says: 'name of the job' }],
      options: [
        { flags: '--data <json>', says: 'its data', as: 'data', isRequired: true },
        { flags: '--options <json>', says: "BullMQ's options", as: 'json' },
      ],
      action: 'jobs.add',
      view: RECORD,
      examples: [`job add mails welcome --data '{"to":"ann@example.org"}'`],
    },
    {
      path: ['job', 'edit'],
      says: 'Change data, priority or delay of a job that has not started',
      arguments: [QUEUE, JOB],
      options: [
        { flags: '--data <json>', says: 'its new data', as: 'data' },
        { flags: '--priority <n>', says: '0 is before all others', as: 'number' },
        { flags: '--delay <duration>', says: 'from now' },
      ],
      action: 'jobs.edit',
      view: RECORD,
      examples: ['job edit mails 17 --priority 5', 'job edit mails 17 --delay 10m'],
    },
    oneOrMany('retry', 'Put failed or completed jobs back into their queue', 'yes', [
      'job retry mails 17',
      "job retry mails --state failed --filter 'error:timeout' --dry-run",
    ]),
    oneOrMany('promote', 'Have delayed jobs run now', 'yes', [
      'job promote mails 17',
      'job promote mails --state delayed --yes',
    ]),
    oneOrMany('remove', 'Remove jobs that are not running', 'name', [
      'job remove mails 17 --yes',
      'job remove mails --state failed --confirm mails',
    ]),
    {
      path: ['job', 'cancel'],
      says: 'Stop a running job on whichever host it runs',
      arguments: [QUEUE, JOB],
      options: [{ flags: '--reason <text>', says: 'why, for its processor' }],
      action: 'jobs.cancel',
      view: RECORD,
      examples: ['job cancel mails 17 --reason "sent by hand"'],
    },
    {
      path: ['job', 'move'],
      says: 'Move jobs that are not running to another queue',
      arguments: [QUEUE, JOBS],
      options: [{ flags: '--to <queue>', says: 'where to', isRequired: true }, ...MANY],
      action: 'jobs.move',
      alsoCalls: ['jobs.bulk', 'jobs.plan'],
      bulk: { kind: 'move', asks: 'yes' },
      dryRun: 'jobs.plan',
      view: RECORD,
      examples: ['job move mails 17 --to slow-mails'],
    },
  ],
};

const BULK = { name: 'bulk', says: 'its id' } as const;
const detachable: Option = {
  flags: '--detach',
  says: 'do not wait for its end',
  field: null,
  as: 'flag',
};

function steering(verb: 'pause' | 'resume' | 'abort' | 'undo', says: string): Command {
  return {
    ...{ path: ['bulk', verb], says, arguments: [BULK], action: `bulk.${verb}`, view: RECORD },
    examples: [`bulk ${verb} 0mwxoz6qka731388a08ac`],
  };
}

/** `bulk …`. */
export const BULK_COMMANDS: Noun = {
  name: 'bulk',
  says: 'See and steer bulk actions',
  commands: [
    {
      path: ['bulk', 'list'],
      says: 'The newest bulk actions and how far they are',
      options: [{ flags: '--limit <n>', says: 'at most so many', as: 'number' }],
      action: 'bulk.list',
      view: {
        kind: 'table',
        columns: [
          ['ID', 'id'],
          ['KIND', 'kind'],
          ['QUEUE', 'queue'],
          ['STATE', 'state'],
          ['DONE', 'done', 'number'],
          ['FAILED', 'failed', 'number'],
          ['OF', 'total', 'number'],
          ['BY', 'actor'],
          ['BEGUN', 'createdAt', 'time'],
        ],
        empty: 'No bulk actions.',
      },
      examples: ['bulk list'],
    },
    {
      path: ['bulk', 'show'],
      says: 'One bulk action',
      arguments: [BULK],
      action: 'bulk.get',
      view: RECORD,
      examples: ['bulk show 0mwxoz6qka731388a08ac'],
    },
    {
      path: ['bulk', 'watch'],
      says: 'Follow a bulk action to its end',
      arguments: [BULK],
      action: 'bulk.get',
      program: 'watch-bulk',
      view: RECORD,
      examples: ['bulk watch 0mwxoz6qka731388a08ac'],
    },
    {
      path: ['bulk', 'start'],
      says: 'Start a bulk action on jobs',
      arguments: [QUEUE],
      options: [
        {
          flags: '--kind <kind>',
          says: 'what is done with each job',
          choices: ['retry', 'promote', 'remove', 'move'],
          isRequired: true,
        },
        { flags: '--ids <ids>', says: 'which jobs, parted by commas', as: 'list' },
        ...MANY,
        { flags: '--to <queue>', says: 'where to move them' },
        detachable,
        CONFIRM,
      ],
      action: 'jobs.bulk',
      asks: 'yes',
      dryRun: 'jobs.plan',
      follows: true,
      view: RECORD,
      examples: ['bulk start mails --kind retry --state failed --dry-run'],
    },
    steering('pause', 'Hold it: nothing more is done then'),
    steering('resume', 'Go on where it was paused'),
    steering('abort', 'End it; what was done stays done'),
    steering('undo', 'Take back what a replay has put back and has not started'),
  ],
};
