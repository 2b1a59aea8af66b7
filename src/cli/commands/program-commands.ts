/**
 * Commands on the whole: the overview, who asks, the doctor with the rights it looks for, and what has a program of its
 * own. Plain data.
 */
import type { Command, Noun } from '../command.ts';

function single(command: Command): Noun {
  return { name: command.path[0], says: command.says, commands: [command] };
}

/** One word each, but `acl print`. */
export const PROGRAM_COMMANDS: readonly Noun[] = [
  single({
    path: ['status'],
    says: 'All queues at a glance',
    options: [
      { flags: '--watch', says: 'go on, a line of JSON for each change', field: null, as: 'flag' },
    ],
    action: 'overview.get',
    alsoCalls: ['overview.watch'],
    looksAround: true,
    program: 'watch-overview',
    view: {
      kind: 'table',
      rows: 'queues',
      columns: [
        ['QUEUE', 'queue'],
        ['HEALTH', 'health'],
        ['WAITING', 'counts.waiting', 'number'],
        ['ACTIVE', 'active', 'number'],
        ['FAILED', 'counts.failed', 'number'],
        ['OLDEST', 'oldestWaitingMs', 'duration'],
        ['PER MIN', 'throughputPerMinute', 'number'],
        ['ERRORS', 'errorRatio', 'ratio'],
        ['WORKERS', 'workers', 'number'],
        ['PAUSED', 'isPaused', 'yes'],
      ],
      empty: 'No queues.',
    },
    examples: ['status', 'status --watch --json'],
  }),
  single({
    path: ['whoami'],
    says: 'Who asks, and what they may do',
    action: 'access.me',
    view: { kind: 'record', formats: { grants: 'grants' } },
    examples: ['whoami --server https://drover.example.org'],
  }),
  single({
    path: ['metrics'],
    says: 'Metrics of a process in the text format of Prometheus',
    action: 'metrics.exposition',
    needsServer: true,
    view: { kind: 'text' },
    examples: ['metrics --server https://drover.example.org'],
  }),
  single({
    path: ['doctor'],
    says: 'What is wrong with this Redis and these queues',
    options: [
      { flags: '--quick', says: 'only what one look tells', as: 'flag' },
      { flags: '--queue <queue>', says: 'only the checks of this queue and of the server' },
      {
        flags: '--profile <name>',
        says: 'against what the kit sets up',
        choices: ['queue', 'cache'],
      },
      { flags: '--strict', says: 'warnings end with 1, too', field: null, as: 'flag' },
      { flags: '--fix', says: 'mend what is safe to mend', field: null, as: 'flag' },
      {
        flags: '--checks <ids>',
        says: 'with --fix: only these, parted by commas',
        field: null,
        as: 'list',
      },
    ],
    action: 'doctor.run',
    alsoCalls: ['doctor.fix'],
    looksAround: true,
    dryRun: 'field',
    program: 'doctor',
    view: { kind: 'doctor' },
    examples: [
      'doctor',
      'doctor --profile queue',
      'doctor --strict --json',
      'doctor --fix --dry-run',
    ],
  }),
  {
    name: 'acl',
    says: 'Rights that users of Redis need',
    commands: [
      {
        path: ['acl', 'print'],
        says: 'The line of an ACL file that gives a role its rights',
        arguments: [
          {
            name: 'role',
            says: 'producer, worker, app, operator, viewer, exporter, backup, replica, sentinel or health',
          },
        ],
        action: 'doctor.acl',
        view: { kind: 'field', field: 'line' },
        examples: ['acl print app', 'acl print viewer > viewer.acl'],
      },
    ],
  },
  single({
    path: ['serve'],
    says: 'The dashboard and the API over any BullMQ deployment',
    options: [
      { flags: '-p, --port <n>', says: '3000, or the next that is free', as: 'number' },
      { flags: '--host <address>', says: 'where to listen, 127.0.0.1 by default' },
      { flags: '--base-path <path>', says: 'below which everything is' },
      { flags: '--queues <patterns>', says: 'only these queues, parted by commas', as: 'list' },
      { flags: '--read-only', says: 'change nothing, whoever asks', as: 'flag' },
      { flags: '--write', says: 'allow changes on a Redis elsewhere', as: 'flag' },
      { flags: '--user <name>', says: 'ask for this user, with a password' },
      { flags: '--password-file <path>', says: 'where the password is' },
      { flags: '--token-auth', says: 'ask for an API token', as: 'flag' },
      { flags: '--environment <name>', says: 'a badge on every page, such as production' },
      { flags: '--no-open', says: 'do not open a browser', field: 'open', as: 'flag' },
    ],
    program: 'serve',
    examples: ['serve', 'serve --host 0.0.0.0 --user ops --password-file ./password'],
  }),
  single({
    path: ['top'],
    says: 'A live view of queues and pools',
    options: [
      {
        flags: '--interval <duration>',
        says: 'between two looks, 1s by default',
        field: 'interval',
      },
    ],
    action: 'overview.get',
    alsoCalls: [
      'access.me',
      'pools.list',
      'health.redis',
      'queues.pause',
      'queues.resume',
      'queues.empty',
    ],
    program: 'top',
    examples: ['top'],
  }),
  single({
    path: ['completion'],
    says: 'Completion for bash, zsh or fish',
    arguments: [{ name: 'shell', says: 'bash, zsh or fish' }],
    program: 'completion',
    examples: ['completion bash > ~/.local/share/bash-completion/completions/drover'],
  }),
];
