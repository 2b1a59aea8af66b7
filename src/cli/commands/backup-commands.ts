/**
 * Commands that keep the data of a queue instance and bring it back. They work on files and on Redis itself, never
 * through a server. Plain data.
 */
import type { Command, Noun, Option } from '../command.ts';

const TO: Option = {
  flags: '--to <place>',
  says: 'a folder or s3://bucket/prefix, ./backups by default',
};
const LABEL: Option = {
  flags: '--label <name>',
  says: 'what names of backups begin with, queue by default',
};

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
  ],
  program: 'backup-make',
  isDefault: true,
  examples: ['backup make', 'backup make --to s3://backups/queue --recipients-file ./recipients'],
};

/** `backup`, and what is asked for in one word. */
export const BACKUP_COMMANDS: readonly Noun[] = [
  {
    name: 'backup',
    says: 'Backups of the Redis of the queues',
    commands: [MAKE],
  },
];
