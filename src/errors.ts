/**
 * Everything that can go wrong in a way that callers tell apart: the catalogue of errors.
 *
 * One class; the `code` is the stable part and may be switched on, the message says what happened, with
 * the value, and what to do. `docs/reference/errors.md` is generated from `ERRORS`. Secrets never enter a
 * message: addresses are written without user and password.
 */

/** Code → what it means, whether the same call may succeed later, and what to do. */
export const ERRORS = {
  CONFIG_INVALID: {
    retryable: false,
    meaning: 'An option or an environment variable has a value that cannot be used.',
    remedy: 'The message names the option, the value and what would be right.',
  },
  DATA_INVALID: {
    retryable: false,
    meaning:
      'Job data, a job name or a result does not match the schema of `defineQueue`, or cannot be turned into JSON.',
    remedy: 'The message names the field or the job. Nothing was added.',
  },
  QUEUE_UNAVAILABLE: {
    retryable: true,
    meaning:
      'Redis is not configured, or could not be reached within `addTimeoutMs`; the job was not sent.',
    remedy: 'Answer 503 or try again later; nothing was added.',
  },
  OUTCOME_UNKNOWN: {
    retryable: true,
    meaning:
      'The connection broke, or the deadline came, after a command was sent and before its reply: it may have been carried out.',
    remedy: 'Repeat the add with the same `jobId`; BullMQ ignores an id that exists.',
  },
  SPOOL_FULL: {
    retryable: true,
    meaning: 'Redis is away and the spool holds as much as it may: the job was not accepted.',
    remedy: 'Answer 503 or try again later; `spool.maxJobs` and `spool.maxBytes` can be raised.',
  },
  SPOOL_UNUSABLE: {
    retryable: true,
    meaning: 'The folder of the spool cannot be written: the job was not accepted.',
    remedy: 'The message says why: look at its rights and at the space on its disk.',
  },
  FLOW_INCOMPLETE: {
    retryable: true,
    meaning:
      'Redis took a part of a flow and not the rest: the message names the job, its queue and the reason. Parents wait until their flow is whole.',
    remedy: 'Add the same flow again with the same `jobId`s: what is there is left as it is.',
  },
  NOT_REPLICATED: {
    retryable: true,
    meaning:
      'The job is added and may run, but too few replicas had it in time: it would be lost if the primary failed now.',
    remedy: 'Repeat the add with the same `jobId`, or accept the risk.',
  },
  CONNECTION_LOST: {
    retryable: true,
    meaning: 'The connection to Redis broke before the command was answered.',
    remedy: '`sent` tells whether it may have been carried out. Reads may simply be repeated.',
  },
  COMMAND_REFUSED: {
    retryable: false,
    meaning: 'A command that would block or change the shared command socket was refused.',
    remedy: 'Open a connection of your own for blocking commands, subscriptions, SELECT and WATCH.',
  },
  NOT_SUPPORTED: {
    retryable: false,
    meaning: 'Something that this version of Drover does not do.',
    remedy: 'The message says what does it instead.',
  },
  JOB_TIMED_OUT: {
    retryable: true,
    meaning:
      'A job took longer than the `timeoutMs` of its queue. Its signal was aborted with this error; the attempt failed.',
    remedy:
      'Pass `signal` on to whatever the processor waits for, so that it stops in time; or allow more time. Attempts and backoff apply.',
  },
  JOB_HANDED_BACK: {
    retryable: true,
    meaning:
      "The process is stopping: the job's signal was aborted with this error, and the job goes back to its queue without using an attempt.",
    remedy: 'Let the processor throw when its signal is aborted. The job starts anew elsewhere.',
  },
  JOB_CANCELLED: {
    retryable: false,
    meaning:
      'Somebody has cancelled the job while it ran. Its signal was aborted with this error; it has failed for good, whatever its processor made of it.',
    remedy:
      'The message says who and why. A processor that throws when its signal is aborted ends at once; retry the job when it shall run after all.',
  },
  JOB_IS_POISON: {
    retryable: false,
    meaning:
      'The process of this job ended again and again (`maxKills`) while no other suspect ran there. It was failed without being started once more.',
    remedy:
      'Look for what ends the process: memory, native code, `process.exit`. A processor in a file of its own cannot take its worker with it. Retrying the job counts from the start.',
  },
  FILTER_INVALID: {
    retryable: false,
    meaning: 'A filter cannot be read. `position` is the column of the word that is wrong.',
    remedy: 'The message says what was expected there.',
  },
  PATCH_INVALID: {
    retryable: false,
    meaning:
      'A patch is no JSON Patch, cannot be applied to the data of a job, or leaves data that the schema of the queue refuses.',
    remedy: 'The message names the operation or the jobs. Nothing was moved.',
  },
  BULK_REFUSED: {
    retryable: false,
    meaning: 'A bulk action cannot be made like this, or cannot do that in its present state.',
    remedy: 'The message names the value or the state and what is possible.',
  },
  NOT_FOUND: {
    retryable: false,
    meaning: 'What was asked for does not exist, or no longer.',
    remedy: 'The message names it; list what is there.',
  },
  POOL_UNKNOWN: {
    retryable: false,
    meaning: 'No process has had a pool for this queue in the last seven days.',
    remedy:
      'Give its processor a `pool` option, and start a process with it. Names are as in `defineQueue`.',
  },
  POOL_UNDECIDED: {
    retryable: true,
    meaning: 'The pool is there, and nobody has worked out a target for it yet.',
    remedy:
      'Ask again in some seconds. When that stays so, no process leads: look at `/health/redis`.',
  },
  PIN_INVALID: {
    retryable: false,
    meaning: 'A target cannot be set by hand like this. Nothing was changed.',
    remedy: 'The message names the value and what would be right.',
  },
  PAYLOAD_TOO_LARGE: {
    retryable: false,
    meaning: 'The data or the result of a job is larger than `payload.maxBytes` of its queue.',
    remedy:
      'Keep large things in a store of their own and pass a reference, or raise the limit. Nothing was added.',
  },
  PAYLOAD_UNREADABLE: {
    retryable: false,
    meaning:
      'A stored payload cannot be read: it is damaged or was tampered with, belongs to another queue, or was written by a newer version. The job has failed without being tried again; what is stored is kept.',
    remedy:
      'The message names queue and job. Update this process when the version is newer; restore what is damaged, then replay the dead letter.',
  },
  PAYLOAD_KEY_UNKNOWN: {
    retryable: false,
    meaning:
      'A payload is encrypted with a key that the ring of this process does not hold. The job has failed without being tried again; what is stored is kept.',
    remedy:
      'Put the key that the message names back into the ring, then replay the dead letter. Take a key away only when no payload names it.',
  },
  BODY_MISSING: {
    retryable: false,
    meaning:
      'The body of a large payload is not in its store, or is damaged. The job has failed without being tried again.',
    remedy: 'The message names store and key: restore the body there, then replay the dead letter.',
  },
  BODY_STORE_UNAVAILABLE: {
    retryable: true,
    meaning:
      'The store of large payloads did not answer in time. An add was not sent; a job goes back to its queue without using an attempt.',
    remedy: 'Look at the store that the message names. Jobs go on when it is back.',
  },
  BACKUP_FAILED: {
    retryable: true,
    meaning:
      'A backup could not be made or read: Redis or the store went away, refused, or the disk is full.',
    remedy: 'The message says what and where. Redis and all earlier backups are untouched.',
  },
  BACKUP_DAMAGED: {
    retryable: false,
    meaning:
      'A backup is not what its manifest says, cannot be decrypted, or this server cannot load it.',
    remedy: 'Take another one: `drover backup list` shows which were verified.',
  },
  RESTORE_REFUSED: {
    retryable: false,
    meaning: 'Restoring would overwrite data, or a server still uses the folder.',
    remedy: 'Stop the server first, or say `--force`. Nothing was changed.',
  },
  INPUT_INVALID: {
    retryable: false,
    meaning: 'A request has a field that cannot be used. `pointer` names it, as a JSON Pointer.',
    remedy: 'The message says what would be right. Nothing was done.',
  },
  NOT_AUTHENTICATED: {
    retryable: false,
    meaning:
      'Nobody knows who asks: no credentials were given, or they are wrong or no longer good.',
    remedy: 'Send a token (`Authorization: Bearer …`) or sign in.',
  },
  FORBIDDEN: {
    retryable: false,
    meaning: 'Whoever asks may not do this, or not on this queue.',
    remedy: 'The message names the permission that is needed. Ask whoever manages access for it.',
  },
  READ_ONLY: {
    retryable: false,
    meaning: 'This process changes nothing: it was started so, or may not write to Redis.',
    remedy: 'Start it with `--write` and a user of Redis that may write.',
  },
  CONFIRMATION_NEEDED: {
    retryable: false,
    meaning: 'Something that cannot be brought back must be confirmed by the name of the queue.',
    remedy: 'Send the name in the field `confirm`. Nothing was done.',
  },
  STATE_CONFLICT: {
    retryable: false,
    meaning: 'What was asked is not possible in the present state of the job or queue.',
    remedy: 'The message names the state and what is possible. Nothing was done.',
  },
  RATE_LIMITED: {
    retryable: true,
    meaning: 'Too many changes, logins or streams at once from one place.',
    remedy: 'Wait as long as the answer says (`Retry-After`), then ask again.',
  },
  AUDIT_FAILED: {
    retryable: true,
    meaning:
      'An action could not be written down in the audit before it was done; it was not done.',
    remedy: 'The message says why. Try again; when it stays so, run `audit.verify`.',
  },
  UNEXPECTED: {
    retryable: false,
    meaning: 'A server failed in a way that nobody foresaw.',
    remedy:
      "Look into the log of the server: it has what happened under the answer's correlation id.",
  },
  STOPPED: {
    retryable: false,
    meaning: 'The coordinator has been stopped, and with it its queues and workers.',
    remedy: 'Make a new Coordinator.',
  },
} as const;

ERRORS satisfies Record<string, { retryable: boolean; meaning: string; remedy: string }>;

/** Stable names of what can go wrong. */
export type ErrorCode = keyof typeof ERRORS;

/** The one error class of Drover. */
export class CoordinatorError extends Error {
  override readonly name: string = 'CoordinatorError';
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.retryable = ERRORS[code].retryable;
  }
}

/**
 * A command that got no answer because its connection broke.
 *
 * `sent: false` means it certainly was not carried out; `true` means nobody knows.
 */
export class ConnectionLost extends CoordinatorError {
  override readonly name: string = 'ConnectionLost';
  readonly sent: boolean;

  constructor(sent: boolean, options?: { cause?: unknown }) {
    super(
      'CONNECTION_LOST',
      sent
        ? 'The connection to Redis broke before the answer came: the command may have been carried out'
        : 'There is no connection to Redis: the command was not sent',
      options,
    );
    this.sent = sent;
  }
}

/** A filter that cannot be read. */
export class FilterError extends CoordinatorError {
  override readonly name: string = 'FilterError';
  /** Column of the word that is wrong; 1 is the first. */
  readonly position: number;

  constructor(position: number, message: string) {
    super('FILTER_INVALID', `column ${position}: ${message}`);
    this.position = position;
  }
}

/** A request with a field that cannot be used. */
export class InputError extends CoordinatorError {
  override readonly name: string = 'InputError';
  /** Which one: a JSON Pointer into the input, such as `/limit`; '' is the input itself. */
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super('INPUT_INVALID', `${pointer === '' ? 'the request' : pointer}: ${message}`);
    this.pointer = pointer;
  }
}

/** Something that was asked for too often. */
export class RateLimited extends CoordinatorError {
  override readonly name: string = 'RateLimited';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, message: string) {
    super('RATE_LIMITED', message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}
