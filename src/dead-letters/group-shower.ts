/**
 * Shows groups of dead letters without the secret values that their messages may hold.
 *
 * A message that Drover records for a queue with secrets holds none. Another one may: it was recorded before they were
 * declared, or by a process that did not know them. All dead letters of a group have its message, so the data of the
 * newest one says what in it is secret. Where that has gone or cannot be opened, the message is hidden.
 */
import pLimit from 'p-limit';
import { isStoreDown } from '../backend/payload-failures.ts';
import { isPointer } from '../payloads/envelope.ts';
import { HIDDEN } from '../payloads/redact.ts';
import type { RedactionPaths } from '../payloads/redaction-path.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { FailureGroup } from './failure-group.ts';

/** What showing groups needs. */
export interface GroupShowerOptions {
  readonly pathsOf: (queue: string) => Promise<RedactionPaths>;
  readonly letterOf: (queue: string, jobId: string) => Promise<DeadLetter | undefined>;
  /** What hides the secrets of stored data. Rejects with BODY_STORE_UNAVAILABLE. */
  readonly hiderOf: (
    queue: string,
    stored: string,
    paths: RedactionPaths,
  ) => Promise<(text: string) => string>;
}

/** Each may be large. */
const LETTERS_AT_ONCE = 4;

/** The groups as everybody may see them. Reads dead letters only where a queue has secrets. */
export async function showGroups(
  groups: readonly FailureGroup[],
  options: GroupShowerOptions,
): Promise<FailureGroup[]> {
  const names = [...new Set(groups.flatMap(({ queues }) => queues.map(({ name }) => name)))];
  const paths = new Map<string, RedactionPaths>();
  for (const name of names) paths.set(name, await options.pathsOf(name));
  const shower = new GroupShower(options);
  const limit = pLimit(LETTERS_AT_ONCE);
  return Promise.all(
    groups.map((group) => {
      const own = group.queues.flatMap(({ name }) => paths.get(name) ?? []);
      return own.length === 0 ? group : limit(() => shower.show(group, own));
    }),
  );
}

/** The groups of one answer. */
class GroupShower {
  readonly #options: GroupShowerOptions;
  /** Nobody waits for the store again and again. */
  #isStoreDown = false;

  constructor(options: GroupShowerOptions) {
    this.#options = options;
  }

  async show(group: FailureGroup, paths: RedactionPaths): Promise<FailureGroup> {
    const { sampleQueue, sample, fingerprint } = group;
    const letter = await this.#options.letterOf(sampleQueue, sample);
    const isOfGroup = letter?.fingerprint === fingerprint;
    const stored = isOfGroup ? letter.originalJob?.data : undefined;
    const hide = stored === undefined ? undefined : await this.#hider(sampleQueue, stored, paths);
    return { ...group, message: hide ? hide(group.message) : HIDDEN };
  }

  async #hider(
    queue: string,
    stored: string,
    paths: RedactionPaths,
  ): Promise<((text: string) => string) | undefined> {
    if (this.#isStoreDown && isPointer(stored)) return undefined;
    try {
      return await this.#options.hiderOf(queue, stored, paths);
    } catch (error) {
      if (!isStoreDown(error)) throw error;
      this.#isStoreDown = true;
      return undefined;
    }
  }
}
