/**
 * Every command: the table from which program, help, completion and reference are made. Plain data.
 */
import type { Command, Noun, Option } from './command.ts';
import { BACKUP_COMMANDS } from './commands/backup-commands.ts';
import {
  DEAD_LETTER_COMMANDS,
  GROUP_COMMANDS,
  POOL_COMMANDS,
  WORKER_COMMANDS,
} from './commands/fleet-commands.ts';
import { BULK_COMMANDS, JOB_COMMANDS } from './commands/job-commands.ts';
import { PROGRAM_COMMANDS } from './commands/program-commands.ts';
import { QUEUE_COMMANDS, SCHEDULER_COMMANDS } from './commands/queue-commands.ts';
import {
  AUDIT_COMMANDS,
  HEALTH_COMMANDS,
  REDIS_COMMANDS,
  TOKEN_COMMANDS,
} from './commands/server-commands.ts';

/** In the order of the help. */
export const NOUNS: readonly Noun[] = [
  ...PROGRAM_COMMANDS,
  ...[QUEUE_COMMANDS, JOB_COMMANDS, SCHEDULER_COMMANDS, WORKER_COMMANDS, POOL_COMMANDS],
  ...[DEAD_LETTER_COMMANDS, GROUP_COMMANDS, BULK_COMMANDS, REDIS_COMMANDS, HEALTH_COMMANDS],
  ...[TOKEN_COMMANDS, AUDIT_COMMANDS],
  ...BACKUP_COMMANDS,
];

/** Every command by itself. */
export const COMMANDS: readonly Command[] = NOUNS.flatMap(({ commands }) => commands);

/** Flags that every command takes. */
export const EVERYWHERE: readonly Option[] = [
  { flags: '-r, --redis <url>', says: 'Redis to work on; REDIS_URL hides its password better' },
  { flags: '--redis-file <path>', says: 'a file that holds the address' },
  { flags: '--redis-stdin', says: 'the address is the first line of the input', as: 'flag' },
  { flags: '--server <url>', says: 'a Drover server to ask in place of Redis; DROVER_SERVER' },
  { flags: '--token <token>', says: 'API token for the server; DROVER_TOKEN hides it better' },
  { flags: '--prefix <text>', says: "BullMQ's prefix, bull by default" },
  { flags: '--coordinator-prefix <text>', says: "prefix of Drover's keys" },
  { flags: '--config <path>', says: 'settings, in place of drover.config.json' },
  { flags: '--timeout <duration>', says: 'for each step over the network, 10s by default' },
  { flags: '--json', says: 'the answer as JSON', as: 'flag' },
  { flags: '--plain', says: 'rows parted by tabs, without a head', as: 'flag' },
  { flags: '--no-input', says: 'never ask', as: 'flag' },
];

/** Flags of commands that have something to confirm or to try. */
export const YES: Option = {
  flags: '-y, --yes',
  says: 'do not ask',
  field: null,
  as: 'flag',
};
/** See `YES`. */
export const DRY_RUN: Option = {
  flags: '--dry-run',
  says: 'only show what would be done',
  field: null,
  as: 'flag',
};
/** Of commands that start a bulk action. */
export const DETACH: Option = {
  flags: '--detach',
  says: 'do not wait for the end of a bulk action',
  field: null,
  as: 'flag',
};

/** All flags of a command but those of `EVERYWHERE`. */
export function optionsOf(command: Command): readonly Option[] {
  const own = command.options ?? [];
  const has = (flags: string): boolean => own.some((each) => each.flags === flags);
  const isAsking = command.asks || command.bulk || command.dryRun;
  return [
    ...own,
    ...(command.bulk && !has(DETACH.flags) ? [DETACH] : []),
    ...(isAsking ? [YES] : []),
    ...(command.dryRun ? [DRY_RUN] : []),
  ];
}
