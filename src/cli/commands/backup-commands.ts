/**
 * Commands that keep the data of a queue instance and bring it back. They work on files and on Redis itself, never
 * through a server. Plain data.
 */
import type { Argument, Command, Noun, Option } from '../command.ts';

const TO: Option = {
  flags: '--to <place>',
  says: 'a folder or s3://bucket/prefix, ./backups by default',
};
const LABEL: Option = {
  flags: '--label <name>',
  says: 'what names of backups begin with, queue by default',
};

/** Old backups of the label go when none of these keeps them. */
const KEEPING: readonly Option[] = [
  { flags: '--keep-recent <n>', says: 'the newest so many, 96 by default', as: 'number' },
  { flags: '--keep-daily <n>', says: 'the newest of so many days, 7 by default', as: 'number' },
  { flags: '--keep-weekly <n>', says: 'the newest of so many weeks, 8 by default', as: 'number' },
  {
    flags: '--keep-monthly <n>',
    says: 'the newest of so many months, 12 by default',
    as: 'number',
  },
];

const MAKE: Command = {
  path: ['backup', 'make'],
  says: 'Back up a running Redis, as a replica would be sent its data',
  options: [
    TO,
    LABEL,
    {
      flags: '--recipient <key...>',
      says: 'encrypt with age for this public key, age1…; may be given again',
    },
    { flags: '--recipients-file <path>', says: 'a file of such keys, one a line' },
    { flags: '--force', says: 'a cache, or a shard of a cluster, too', as: 'flag' },
    ...KEEPING,
  ],
  program: 'backup-make',
  isDefault: true,
  examples: ['backup make', 'backup make --to s3://backups/queue --recipients-file ./recipients'],
};

const LIST: Command = {
  path: ['backup', 'list'],
  says: 'Backups that are there, newest first, and what is wrong with them',
  options: [
    { flags: '--from <place>', says: 'a folder or s3://bucket/prefix, ./backups by default' },
    { flags: '--label <name>', says: 'only those whose names begin with it' },
  ],
  program: 'backup-list',
  view: {
    kind: 'table',
    rows: 'backups',
    columns: [
      ['NAME', 'name'],
      ['AGE', 'ageMs', 'duration'],
      ['SIZE', 'bytes', 'bytes'],
      ['ENCRYPTED', 'encryption'],
      ['VERIFIED', 'verifiedAt', 'time'],
      ['PROBLEM', 'problem'],
    ],
    empty: 'There are no backups.',
  },
  examples: ['backup list', 'backup list --from s3://backups/queue --label queue'],
};

const BACKUP: Argument = {
  name: 'backup',
  says: 'its name, or latest, which is the default',
  isOptional: true,
};
const SERVER: Option = {
  flags: '--redis-server <path>',
  says: 'the program, redis-server or valkey-server on PATH by default',
};
const DATA_DIR: Option = {
  flags: '--data-dir <folder>',
  says: 'the folder that the server has as "dir"',
  isRequired: true,
};
const READING: readonly Option[] = [
  {
    flags: '--from <place>',
    says: 'a folder or s3://bucket/prefix, ./backups by default',
  },
  { flags: '--label <name>', says: 'whose latest one is meant, queue by default' },
  { flags: '--identity <path>', says: 'a file with the age identity that decrypts it' },
  SERVER,
];

function verify(path: Command['path']): Command {
  return {
    ...{ path, says: 'Load a backup into a scratch server, and count what is in it' },
    ...{ arguments: [BACKUP], options: READING, program: 'backup-verify' },
    examples: [path.join(' '), `${path.join(' ')} queue-20261127T070000Z --from /srv/backups`],
  };
}

function restore(path: Command['path']): Command {
  return {
    ...{ path, says: 'Bring a backup back into the data folder of a stopped server' },
    arguments: [BACKUP],
    options: [
      DATA_DIR,
      ...READING,
      {
        flags: '--force',
        says: 'end a server that runs, set aside data that is there',
        as: 'flag',
      },
    ],
    ...{ program: 'backup-restore', asks: 'yes' },
    examples: [
      `${path.join(' ')} latest --data-dir /var/lib/redis-queue`,
      `${path.join(' ')} latest --data-dir /var/lib/redis-queue --force`,
    ],
  };
}

const DRILL: Command = {
  path: ['backup', 'drill'],
  says: 'Practise a restore in a scratch server, and report how it went',
  ...{ arguments: [BACKUP], options: READING, program: 'backup-drill' },
  examples: ['backup drill', 'backup drill latest --from s3://backups/queue'],
};

const REWIND: Command = {
  path: ['backup', 'rewind'],
  says: 'The data as it was at a second in the past, in a new folder',
  options: [
    DATA_DIR,
    {
      flags: '--to-time <time>',
      says: 'such as 2026-11-27T07:00:00Z, or seconds since 1970',
      isRequired: true,
    },
    { flags: '--out <folder>', says: 'the new folder', isRequired: true },
    SERVER,
  ],
  program: 'backup-rewind',
  examples: ['backup rewind --data-dir /data --to-time 2026-11-27T07:00:00Z --out old'],
};

/** `backup`, and what is asked for in one word. */
export const BACKUP_COMMANDS: readonly Noun[] = [
  {
    name: 'backup',
    says: 'Backups of the Redis of the queues',
    commands: [
      MAKE,
      LIST,
      verify(['backup', 'verify']),
      restore(['backup', 'restore']),
      DRILL,
      REWIND,
    ],
  },
  { name: 'verify', says: 'The same as backup verify', commands: [verify(['verify'])] },
  { name: 'restore', says: 'The same as backup restore', commands: [restore(['restore'])] },
];
