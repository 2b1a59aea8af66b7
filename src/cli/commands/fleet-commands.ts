/**
 * Commands on processes, pools, dead letters and their groups: plain data.
 */
import { type Command, type Noun, type Option, QUEUE } from '../command.ts';

const RECORD = { kind: 'record' } as const;
const WORKER = { name: 'worker', says: 'its id, as the list shows it' } as const;

/** `worker …`. */
export const WORKER_COMMANDS: Noun = {
  name: 'worker',
  says: 'See the processes that run jobs, and have them take none',
  commands: [
    {
      path: ['worker', 'list'],
      says: 'Processes that run jobs, with version, load and connections',
      options: [{ flags: '--queue <queue>', says: 'only those of this queue' }],
      action: 'workers.list',
      view: {
        kind: 'table',
        columns: [
          ['WORKER', 'id'],
          ['HOST', 'host'],
          ['VERSION', 'version'],
          ['QUEUES', 'queues', 'list'],
          ['CPU', 'load.cpuRatio', 'ratio'],
          ['LOOP', 'load.loopRatio', 'ratio'],
          ['SOCKETS', 'connections', 'number'],
          ['QUIET', 'isQuiet', 'yes'],
          ['SEEN', 'lastSeenAt', 'time'],
          ['FROM', 'from'],
        ],
        empty: 'No process runs jobs here.',
      },
      examples: ['worker list', 'worker list --queue mails'],
    },
    {
      path: ['worker', 'quiet'],
      says: 'A process takes no new jobs and finishes its running ones',
      arguments: [WORKER],
      options: [{ flags: '--reason <text>', says: 'why, for whoever wonders' }],
      action: 'workers.quiet',
      view: RECORD,
      examples: ['worker quiet web-1:4711 --reason "new release"'],
    },
    {
      path: ['worker', 'resume'],
      says: 'A quiet process takes jobs again',
      arguments: [WORKER],
      action: 'workers.resume',
      view: RECORD,
      examples: ['worker resume web-1:4711'],
    },
  ],
};

/** `pool …`. */
export const POOL_COMMANDS: Noun = {
  name: 'pool',
  says: 'See pools, why they have their slots, and set them by hand',
  commands: [
    {
      path: ['pool', 'list'],
      says: 'All pools of the fleet: bounds, target, slots, why',
      action: 'pools.list',
      view: {
        kind: 'table',
        columns: [
          ['QUEUE', 'queue'],
          ['MIN', 'min', 'number'],
          ['TARGET', 'target', 'number'],
          ['SLOTS', 'current', 'number'],
          ['MAX', 'max', 'number'],
          ['WHY', 'reason'],
        ],
        empty: 'No pools.',
      },
      examples: ['pool list'],
    },
    {
      path: ['pool', 'show'],
      says: 'One pool',
      arguments: [QUEUE],
      action: 'pools.get',
      view: RECORD,
      examples: ['pool show mails'],
    },
    {
      path: ['pool', 'why'],
      says: 'Why a pool has the slots it has, as a sentence',
      arguments: [QUEUE],
      action: 'pools.why',
      view: RECORD,
      examples: ['pool why mails'],
    },
    {
      path: ['pool', 'decisions'],
      says: 'What was decided for a pool, newest first',
      arguments: [QUEUE],
      options: [{ flags: '--limit <n>', says: 'at most so many', as: 'number' }],
      action: 'pools.decisions',
      view: {
        kind: 'table',
        columns: [
          ['AT', 'at', 'time'],
          ['FROM', 'from', 'number'],
          ['TO', 'to', 'number'],
          ['WHY', 'words'],
        ],
        empty: 'Nothing was decided lately.',
      },
      examples: ['pool decisions mails --limit 20'],
    },
    {
      path: ['pool', 'target'],
      says: 'How many slots a pool should have, for scalers outside',
      arguments: [QUEUE],
      action: 'pools.scale',
      view: { kind: 'field', field: 'value' },
      examples: ['pool target mails'],
    },
    {
      path: ['pool', 'pin'],
      says: 'Set the target of a pool by hand, for a time',
      arguments: [QUEUE, { name: 'slots', says: 'how many', as: 'number' }],
      options: [
        { flags: '--for <duration>', says: 'how long, one hour by default' },
        { flags: '--reason <text>', says: 'why, for whoever wonders' },
      ],
      action: 'pools.pin',
      view: RECORD,
      examples: ['pool pin mails 12 --for 2h --reason "campaign"'],
    },
    {
      path: ['pool', 'unpin'],
      says: 'The pool is scaled again',
      arguments: [QUEUE],
      action: 'pools.unpin',
      view: RECORD,
      examples: ['pool unpin mails'],
    },
  ],
};

const LETTERS: readonly Option[] = [
  { flags: '--ids <ids>', says: 'which jobs, parted by commas', as: 'list' },
  { flags: '--filter <text>', says: "only those that match, such as 'type:TypeError after:2h'" },
  { flags: '--group <group>', says: 'only those of this cause' },
];
const PACE: Option = { flags: '--per-second <n>', says: 'at most so many a second', as: 'number' };
const DETACH: Option = {
  flags: '--detach',
  says: 'do not wait for its end',
  field: null,
  as: 'flag',
};
const REPLAY: readonly Option[] = [
  { flags: '--patch <json>', says: 'a JSON Patch on the data of each job', as: 'data' },
  PACE,
  { flags: '--canary <n>', says: 'so many go first', field: 'canary.count', as: 'number' },
  {
    flags: '--canary-wait <duration>',
    says: 'how long they are watched',
    field: 'canary.wait',
  },
  {
    flags: '--canary-tolerated <n>',
    says: 'how many of them may die again',
    field: 'canary.tolerated',
    as: 'number',
  },
  DETACH,
];

/** `dead-letter …`. */
export const DEAD_LETTER_COMMANDS: Noun = {
  name: 'dead-letter',
  alias: 'dlq',
  says: 'See, replay and discard jobs that will not be tried again',
  commands: [
    {
      path: ['dead-letter', 'counts'],
      says: 'How many each queue keeps',
      action: 'deadLetters.counts',
      view: {
        kind: 'table',
        columns: [
          ['QUEUE', 'queue'],
          ['DEAD LETTERS', 'kept', 'number'],
          ['LAST', 'lastAt', 'time'],
        ],
        empty: 'There are none.',
      },
      examples: ['dead-letter counts'],
    },
    {
      path: ['dead-letter', 'list'],
      says: 'Dead letters that match, newest first',
      arguments: [QUEUE],
      options: [
        ...LETTERS.slice(1),
        { flags: '--limit <n>', says: 'at most so many rows', as: 'number' },
        { flags: '--cursor <text>', says: 'where the page before said the next one begins' },
      ],
      action: 'deadLetters.list',
      view: {
        kind: 'table',
        rows: 'rows',
        columns: [
          ['JOB', 'jobId'],
          ['NAME', 'jobName'],
          ['STATE', 'state'],
          ['TYPE', 'type'],
          ['GROUP', 'fingerprint'],
          ['FAILED', 'failedAt', 'time'],
          ['TRIES', 'attemptsMade', 'number'],
        ],
        empty: 'No dead letters.',
      },
      examples: ['dead-letter list mails', "dead-letter list mails --filter 'after:2h'"],
    },
    {
      path: ['dead-letter', 'show'],
      says: 'One dead letter with the whole story of its job',
      arguments: [QUEUE, { name: 'job', says: 'its id' }],
      action: 'deadLetters.get',
      view: RECORD,
      examples: ['dead-letter show mails 17'],
    },
    {
      path: ['dead-letter', 'replay'],
      says: 'Put jobs back into their queue under their own ids',
      arguments: [QUEUE],
      options: [...LETTERS, ...REPLAY],
      action: 'deadLetters.replay',
      asks: 'yes',
      dryRun: 'deadLetters.plan',
      follows: true,
      view: RECORD,
      examples: [
        'dead-letter replay mails --group 0f3a9c1d2b4e5f60 --dry-run',
        "dead-letter replay mails --filter 'after:2h' --canary 10",
      ],
    },
    {
      path: ['dead-letter', 'discard'],
      says: 'Delete dead letters',
      arguments: [QUEUE],
      options: [
        ...LETTERS,
        PACE,
        { flags: '--with-jobs', says: 'the failed jobs as well', as: 'flag' },
        DETACH,
        {
          flags: '--confirm <name>',
          says: 'the name of the queue once more, in place of typing it',
        },
      ],
      action: 'deadLetters.discard',
      asks: 'name',
      dryRun: 'deadLetters.plan',
      follows: true,
      view: RECORD,
      examples: ["dead-letter discard mails --filter 'before:30d' --dry-run"],
    },
    {
      path: ['dead-letter', 'export'],
      says: 'Dead letters as NDJSON, oldest first',
      arguments: [QUEUE],
      options: LETTERS,
      action: 'deadLetters.export',
      view: { kind: 'lines' },
      examples: ['dead-letter export mails > mails.ndjson'],
    },
  ],
};

const GROUP = { name: 'group', says: 'its fingerprint, as the list shows it' } as const;
const GROUP_VIEW = {
  kind: 'record',
  formats: { queues: 'counts', jobNames: 'counts', versions: 'counts' },
} as const;

function setting(verb: string, state: string, says: string): Command {
  return {
    ...{ path: ['group', verb], says, arguments: [GROUP], action: 'groups.set' },
    ...{ fixed: { state }, view: GROUP_VIEW, examples: [`group ${verb} 0f3a9c1d2b4e5f60`] },
  };
}

/** `group …`. */
export const GROUP_COMMANDS: Noun = {
  name: 'group',
  says: 'See dead letters by cause, and deal with a cause at once',
  commands: [
    {
      path: ['group', 'list'],
      says: 'Dead letters by cause, last seen first',
      options: [{ flags: '--queue <queue>', says: 'only those of this queue' }],
      action: 'groups.list',
      view: {
        kind: 'table',
        columns: [
          ['GROUP', 'fingerprint'],
          ['STATE', 'state'],
          ['COUNT', 'count', 'number'],
          ['LAST SEEN', 'lastSeen', 'time'],
          ['QUEUES', 'queues', 'counts'],
          ['TYPE', 'type'],
          ['MESSAGE', 'message'],
        ],
        empty: 'No dead letters.',
      },
      examples: ['group list', 'group list --queue mails'],
    },
    {
      path: ['group', 'show'],
      says: 'One group',
      arguments: [GROUP],
      action: 'groups.get',
      view: GROUP_VIEW,
      examples: ['group show 0f3a9c1d2b4e5f60'],
    },
    {
      path: ['group', 'replay'],
      says: 'Replay the dead letters of a cause, queue by queue',
      arguments: [GROUP],
      options: [{ flags: '--queue <queue>', says: 'only of this queue', field: null }, ...REPLAY],
      action: 'deadLetters.replay',
      alsoCalls: ['groups.get'],
      asks: 'yes',
      dryRun: 'deadLetters.plan',
      program: 'replay-group',
      view: RECORD,
      examples: [
        'group replay 0f3a9c1d2b4e5f60 --dry-run',
        'group replay 0f3a9c1d2b4e5f60 --per-second 50',
      ],
    },
    setting('ignore', 'ignored', 'Say that a cause is to be ignored'),
    setting('resolve', 'resolved', 'Say that a cause is mended'),
    setting('open', 'open', 'Say that a cause is open again'),
  ],
};
