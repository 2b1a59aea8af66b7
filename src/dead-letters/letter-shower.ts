/**
 * Shows dead letters to whoever may read the data of jobs, and to whoever may not.
 *
 * Who may gets the data as it was added. Others get it with its secret fields hidden, in the texts of the failure as
 * well, and of encrypted data only that it is: what is not readable in Redis must not become readable by asking us.
 * While data cannot be opened nobody knows which values are secret, and texts are hidden as a whole.
 */
import type { Redis } from 'ioredis';
import { isStoreDown } from '../backend/payload-failures.ts';
import { messageOf } from '../errors.ts';
import { jobOfKey } from '../keys.ts';
import type { RedactionPaths } from '../payloads/redaction-path.ts';
import type { Redactor } from '../payloads/redactor.ts';
import type { DeadLetter, OriginalJob } from './dead-letter.ts';
import { type Patch, placeOf } from './patch.ts';
import type { Hider } from './reconciler.ts';

/** Reads stored payloads. */
export interface PayloadOpener {
  /** The JSON behind a stored text: the same where it is not packed. Rejects when it cannot be had. */
  open(queueLabel: string, stored: string): Promise<string> | string;
  isEncrypted(stored: string): boolean;
}

/** What may be seen. */
export interface Sight {
  /** Whether data is shown as it is. @default false */
  readonly mayReadData?: boolean;
  /** Whether a queue may be seen: a parent in another one is not named. @default every queue */
  readonly sees?: (queue: string) => boolean;
}

/** What showing needs. */
export interface LetterShowerOptions {
  readonly redactor: Pick<Redactor, 'pathsOf' | 'json' | 'texts' | 'valueAt'>;
  readonly payloads: PayloadOpener;
}

const ENCRYPTED = '"<encrypted>"';

/** Shows dead letters. */
export class LetterShower {
  readonly #options: LetterShowerOptions;

  constructor(options: LetterShowerOptions) {
    this.#options = options;
  }

  /** What is secret in a queue. Read once for many letters. */
  pathsOf(queue: string, redis: Redis): Promise<RedactionPaths> {
    return this.#options.redactor.pathsOf(queue, redis);
  }

  /** The letter as it may be seen. */
  async show(letter: DeadLetter, sight: Sight, paths: RedactionPaths): Promise<DeadLetter> {
    const originalJob = letter.originalJob && withoutUnseenParent(letter.originalJob, sight);
    const opened: Opened = originalJob ? await this.#open(letter.queue, originalJob.data) : {};
    const toldAs = (data: (stored: string) => string): Pick<DeadLetter, 'originalJob'> => ({
      originalJob: originalJob && { ...originalJob, data: data(originalJob.data) },
    });
    if (sight.mayReadData) return { ...letter, ...toldAs((stored) => opened.data ?? stored) };
    const hide = this.#options.redactor.texts(opened.data, paths);
    return {
      ...letter,
      failureReason: hide(letter.failureReason),
      message: hide(letter.message),
      stack: hide(letter.stack),
      history: letter.history.map((attempt) => ({ ...attempt, reason: hide(attempt.reason) })),
      ...toldAs((stored) => this.#shown(stored, opened, paths)),
    };
  }

  /** What hides the secrets of stored data in texts. Rejects with BODY_STORE_UNAVAILABLE, since another try may tell. */
  async textsOf(
    queue: string,
    stored: string,
    paths: RedactionPaths,
  ): Promise<(text: string) => string> {
    const { data, error } = await this.#open(queue, stored);
    if (isStoreDown(error)) throw error;
    return this.#options.redactor.texts(data, paths);
  }

  /** The same for the failures of a queue that are recorded; undefined when it has no secrets. */
  async hiderOf(queue: string, redis: Redis): Promise<Hider | undefined> {
    const paths = await this.pathsOf(queue, redis);
    if (paths.length === 0) return undefined;
    return (stored) => this.textsOf(queue, stored, paths);
  }

  /** The patch of a bulk action, with the values hidden that it writes into secret fields. */
  showPatch(patch: Patch, paths: RedactionPaths): Patch {
    return patch.map((operation) => {
      if (!('value' in operation)) return operation;
      const place = placeOf(operation.path);
      return { ...operation, value: this.#options.redactor.valueAt(place, operation.value, paths) };
    });
  }

  #shown(stored: string, { data, error }: Opened, paths: RedactionPaths): string {
    if (this.#options.payloads.isEncrypted(stored)) return ENCRYPTED;
    if (data === undefined) return JSON.stringify(`<unreadable: ${messageOf(error)}>`);
    return this.#options.redactor.json(data, paths);
  }

  async #open(queue: string, stored: string): Promise<Opened> {
    try {
      return { data: await this.#options.payloads.open(queue, stored) };
    } catch (error) {
      return { error };
    }
  }
}

/** What names the parent is in three places. */
function withoutUnseenParent(job: OriginalJob, { sees = () => true }: Sight): OriginalJob {
  const { parentKey, parent, opts, ...rest } = job;
  if (parentKey === undefined && parent === undefined) return job;
  const queue = jobOfKey(parentKey ?? '')?.queue;
  if (queue !== undefined && sees(queue)) return job;
  return { ...rest, opts: withoutParent(opts) };
}

function withoutParent(opts: string): string {
  try {
    const { parent: _, ...rest } = JSON.parse(opts);
    return JSON.stringify(rest);
  } catch {
    return '{}';
  }
}

/** The data, or why it cannot be had. */
interface Opened {
  readonly data?: string;
  readonly error?: unknown;
}
