/**
 * Shows dead letters to whoever may read the data of jobs, and to whoever may not.
 *
 * Who may gets the data as it was added. Others get it with its secret fields hidden, in the texts of the failure as
 * well, and of encrypted data only that it is: what is not readable in Redis must not become readable by asking us.
 */
import type { Redis } from 'ioredis';
import { messageOf } from '../errors.ts';
import type { RedactionPaths } from '../payloads/redaction-path.ts';
import type { Redactor } from '../payloads/redactor.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Patch } from './patch.ts';
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
    const { originalJob } = letter;
    if (!originalJob) return letter;
    const { data: stored } = originalJob;
    const opened = await this.#open(letter.queue, stored);
    if (sight.mayReadData)
      return { ...letter, originalJob: { ...originalJob, data: opened.data ?? stored } };
    const hide = this.#options.redactor.texts(opened.data ?? '', paths);
    return {
      ...letter,
      failureReason: hide(letter.failureReason),
      message: hide(letter.message),
      stack: hide(letter.stack),
      history: letter.history.map((attempt) => ({ ...attempt, reason: hide(attempt.reason) })),
      originalJob: { ...originalJob, data: this.#shown(stored, opened, paths) },
    };
  }

  /** What hides secrets in the failure of a job, by its stored data; undefined when the queue has none. */
  async hiderOf(queue: string, redis: Redis): Promise<Hider | undefined> {
    const paths = await this.pathsOf(queue, redis);
    if (paths.length === 0) return undefined;
    return async (stored) =>
      this.#options.redactor.texts((await this.#open(queue, stored)).data ?? '', paths);
  }

  /** The patch of a bulk action, with the values hidden that it writes into secret fields. */
  showPatch(patch: Patch, paths: RedactionPaths): Patch {
    return patch.map((operation) => {
      if (!('value' in operation)) return operation;
      const place = operation.path.split('/').slice(1).map(unescaped);
      return { ...operation, value: this.#options.redactor.valueAt(place, operation.value, paths) };
    });
  }

  #shown(stored: string, { data, problem }: Opened, paths: RedactionPaths): string {
    if (this.#options.payloads.isEncrypted(stored)) return ENCRYPTED;
    if (data === undefined) return JSON.stringify(`<unreadable: ${problem}>`);
    return this.#options.redactor.json(data, paths);
  }

  async #open(queue: string, stored: string): Promise<Opened> {
    try {
      return { data: await this.#options.payloads.open(queue, stored) };
    } catch (error) {
      return { problem: messageOf(error) };
    }
  }
}

/** The data, or why it cannot be had. */
interface Opened {
  readonly data?: string;
  readonly problem?: string;
}

/** A part of a JSON pointer. */
function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
