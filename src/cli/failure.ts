/**
 * What is said of something that went wrong, and the exit code: one table for all commands. Pure.
 */
import { CoordinatorError, ERRORS, type ErrorCode, InputError, messageOf } from '../errors.ts';
import type { Command } from './command.ts';
import { typedFor } from './flag-names.ts';

/** What exit codes mean; the reference is made from it. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  access: 4,
  unreachable: 5,
  partial: 6,
} as const;

/** A command line that lacks something. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** A failure as it is told. */
export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  /** What to do; null when the message says it. */
  readonly remedy: string | null;
  /** The flag or argument that is wrong. */
  readonly flag: string | null;
}

const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  ...{ INPUT_INVALID: EXIT.usage, FILTER_INVALID: EXIT.usage, PATCH_INVALID: EXIT.usage },
  ...{ PIN_INVALID: EXIT.usage, CONFIG_INVALID: EXIT.usage, DATA_INVALID: EXIT.usage },
  ...{ CONFIRMATION_NEEDED: EXIT.usage, NOT_FOUND: EXIT.notFound, POOL_UNKNOWN: EXIT.notFound },
  ...{ NOT_AUTHENTICATED: EXIT.access, FORBIDDEN: EXIT.access, READ_ONLY: EXIT.access },
  ...{ QUEUE_UNAVAILABLE: EXIT.unreachable, CONNECTION_LOST: EXIT.unreachable },
  ...{ OUTCOME_UNKNOWN: EXIT.unreachable, STOPPED: EXIT.unreachable },
};

/** Redis knows nobody of that name, or does not let them. */
const REFUSED_LOGIN = /\b(?:WRONGPASS|NOAUTH|NOPERM)\b|\bAUTH\b.*\bpassword\b/;

/** What to say of anything that was thrown while a command ran. */
export function toFailure(error: unknown, command: Command | undefined): Failure {
  const told = { message: messageOf(error), flag: null, remedy: null };
  if (error instanceof UsageError) return { ...told, exitCode: EXIT.usage, code: 'USAGE' };
  if (!(error instanceof CoordinatorError)) {
    const isLogin = REFUSED_LOGIN.test(told.message);
    return { ...told, exitCode: isLogin ? EXIT.access : EXIT.failure, code: 'UNEXPECTED' };
  }
  const { code } = error;
  const isOfRedis = code === 'QUEUE_UNAVAILABLE' || code === 'BACKUP_FAILED';
  const isLogin = isOfRedis && REFUSED_LOGIN.test(error.message);
  const exitCode = isLogin ? EXIT.access : (EXIT_CODES[code] ?? EXIT.failure);
  return { ...told, exitCode, code, remedy: remedyOf(error), ...flagOf(error, command) };
}

/** What to do at a command line, where the catalogue speaks to programs. */
const REMEDIES: Partial<Record<ErrorCode, string | null>> = {
  NOT_AUTHENTICATED: 'Give a token in DROVER_TOKEN or with --token.',
  CONFIRMATION_NEEDED: 'Give --confirm with the name of the queue.',
  UNEXPECTED: 'Look into the log of the server.',
  RATE_LIMITED: 'Wait as long as the message says, then ask again.',
  ...{ INPUT_INVALID: null, POOL_UNKNOWN: null, STATE_CONFLICT: null, NOT_SUPPORTED: null },
};

/** What is said of a queue that is not there. */
const NO_QUEUE = /^There is no queue "/;

/** Why an address does not answer → what to do. */
const UNREACHABLE: readonly (readonly [said: RegExp, remedy: string])[] = [
  [/ECONNREFUSED/, 'Nothing listens there: start it, or mend host and port of the address.'],
  [/ENOTFOUND|EAI_AGAIN/, 'Nobody knows that name: mend the host of the address, or look at DNS.'],
  [/WRONGPASS|NOAUTH/, 'User or password are wrong: mend them in REDIS_URL.'],
  [
    /NOPERM/,
    'This user may not run what is needed: give it the rights that `drover doctor` names.',
  ],
  [/max number of clients/, 'It takes no more clients: raise maxclients, or close some of them.'],
  [
    /CERT|SSL|self.signed|wrong version number/i,
    'Use rediss:// for a server with TLS and redis:// for one without; NODE_EXTRA_CA_CERTS names an authority of your own.',
  ],
  [
    /RESP type|Protocol error/i,
    'What answers there is no Redis: mend host and port of the address.',
  ],
  [
    /ENOENT|EACCES/,
    'There is no such socket, or it may not be opened: mend its path or its rights.',
  ],
  [/Unknown RESP type/, 'What answers there is no Redis: mend host and port of the address.'],
  [/./, 'It may be behind a firewall, hang, or be elsewhere: `drover doctor` tells more.'],
];

function remedyOf({ code, message }: CoordinatorError): string | null {
  if (code === 'QUEUE_UNAVAILABLE') return UNREACHABLE.find(([said]) => said.test(message))![1];
  if (code === 'NOT_FOUND' && NO_QUEUE.test(message))
    return '`drover queue list` shows all; under another prefix than "bull" it is prefix:name.';
  const own = REMEDIES[code];
  if (own !== undefined) return own;
  const { remedy } = ERRORS[code];
  // What refers to the message itself helps nobody who has just read it.
  return /\b[Tt]he message (?:names|says)\b/.test(remedy) ? null : remedy;
}

function flagOf(error: CoordinatorError, command: Command | undefined): Partial<Failure> {
  if (!(error instanceof InputError) || !command) return {};
  const said = error.message.slice(error.message.indexOf(': ') + 2);
  if (error.pointer === '') return { message: inFlags(said, command) };
  const flag = typedFor(command, error.pointer);
  return flag ? { flag, message: `${flag}: ${said}` } : {};
}

/** Fields that a message names, as they are typed. */
function inFlags(message: string, command: Command): string {
  return message.replace(
    /`(\w+)`/g,
    (named, field: string) => typedFor(command, `/${field}`) ?? named,
  );
}
