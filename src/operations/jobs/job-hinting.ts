/**
 * What a filter of the jobs of one state can ask for: names, fields of data and errors, told by the newest jobs.
 *
 * An answer is kept for half a minute, so that many who look cost as much as one. Of data at most 2 MiB are read,
 * 256 KiB at once, never where it is large or lies in a body store. Nothing here writes. Rejects with QUEUE_UNAVAILABLE while
 * Redis is away, and with NOT_FOUND.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../../base/clock.ts';
import { parseExactly } from '../../base/exact-numbers.ts';
import type { Sight } from '../../dead-letters/letter-shower.ts';
import { partsOf } from '../../dead-letters/read-jobs.ts';
import { CoordinatorError } from '../../errors.ts';
import { readStoredHead } from '../../payloads/stored-head.ts';
import { isUnreadable } from '../../queues/queues-among.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { HintedFields } from './hinted-fields.ts';
import type { StoredRow } from './job-row.ts';
import type { JobHints, JobState } from './job-views.ts';
import { readPage } from './read-page.ts';
import { onBulk } from './redis-access.ts';

/** Which hints. */
export interface HintsRequest extends Sight {
  readonly queue: string;
  readonly state: JobState;
}

interface Kept {
  readonly at: number;
  readonly hints: Promise<JobHints>;
}

const FRESH_MS = 30_000;
const MOST_KEPT = 200;
const MOST_LOOKED_AT = 500;
/** Of one job, as it is stored and as it was added; and of all that is read together, and in the whole. */
const MOST_DATA_BYTES = 64 * 1_024;
const BYTES_AT_ONCE = 256 * 1_024;
const MOST_BYTES = 2 * 1_024 * 1_024;
const MOST_HINTS = 50;
const LONGEST_TEXT = 200;

/** Hints, by queue, state and right. */
export class JobHinting {
  readonly #sources: OperatorSources;
  readonly #clock: Clock;
  /** The one asked for longest ago is the first. */
  readonly #kept = new Map<string, Kept>();

  constructor(sources: OperatorSources, clock: Clock = systemClock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** Of at most half a minute ago. */
  get(request: HintsRequest): Promise<JobHints> {
    const { queue, state, mayReadData } = request;
    const key = `${state} ${mayReadData} ${queue}`;
    const kept = this.#kept.get(key);
    if (kept && this.#clock.monotonic() - kept.at < FRESH_MS) return kept.hints;
    const look: Kept = { at: this.#clock.monotonic(), hints: this.#look(request) };
    this.#kept.delete(key);
    this.#kept.set(key, look);
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    look.hints.catch(() => {
      if (this.#kept.get(key) === look) this.#kept.delete(key);
    });
    return look.hints;
  }

  #look({ queue, state, mayReadData }: HintsRequest): Promise<JobHints> {
    const { directory, redactor } = this.#sources;
    const keyPrefix = directory.keyPrefix(queue);
    return onBulk(this.#sources, async (bulk) => {
      const redis = await bulk.raw();
      const page = await readPage(redis, {
        ...{ keyPrefix, state, order: 'newest', most: MOST_LOOKED_AT, cursor: undefined },
      });
      if (!page) throw new CoordinatorError('NOT_FOUND', `There is no queue "${queue}"`);
      const { rows, looked } = page;
      const names = counted(rows.map(({ fields }) => fields.name ?? ''));
      const hints = {
        names: names.map(([name, count]) => ({ name, count })),
        ...{ looked, isRedacted: !mayReadData },
      };
      if (!mayReadData) return { ...hints, fields: [], errors: [] };
      const secrets = await redactor.pathsOf(queue, redis).catch(undefinedWhenUnreadable);
      if (!secrets) return { ...hints, fields: [], errors: [] };
      const data = await this.#data(redis, queue, keyPrefix, rows);
      const fields = new HintedFields(secrets);
      for (const text of data.values()) perhaps(() => fields.add(parseExactly(text)));
      const reasons = rows.flatMap(({ id, fields: { failedReason } }) => {
        if (!failedReason) return [];
        // Of data that was not read nobody knows what in the reason is secret.
        const shown = redactor.texts(data.get(id), secrets)(failedReason);
        return shown === failedReason ? [firstLine(failedReason)] : [];
      });
      const errors = counted(reasons).map(([reason, count]) => ({ reason, count }));
      return { ...hints, fields: fields.list(), errors };
    });
  }

  /** Data as JSON, by the id of its job, as far as it is small and can be opened here. */
  async #data(
    redis: Redis,
    queue: string,
    keyPrefix: string,
    rows: readonly StoredRow[],
  ): Promise<ReadonlyMap<string, string>> {
    const codec = this.#sources.payloads.codecs.of(queue);
    const opened = new Map<string, string>();
    let bytes = 0;
    const small = rows.filter((row) => row.bytes <= MOST_DATA_BYTES);
    const read = small.filter((row) => {
      bytes += row.bytes;
      return bytes <= MOST_BYTES;
    });
    for (const part of partsOf(read, BYTES_AT_ONCE)) {
      const stored = await Promise.all(part.map(({ id }) => redis.hget(keyPrefix + id, 'data')));
      for (const [i, text] of stored.entries()) {
        if (text === null || isLarge(text)) continue;
        try {
          opened.set(part[i]!.id, await codec.unpack('data', text));
        } catch {
          // Encrypted with a key that is not here.
        }
      }
    }
    return opened;
  }
}

/** It lies elsewhere, or opening it would make much of little. */
function isLarge(stored: string): boolean {
  const { form, plainBytes } = readStoredHead(stored);
  return form === 'pointer' || (plainBytes ?? 0) > MOST_DATA_BYTES;
}

/** Different texts that are not empty with their counts, the most frequent first. */
function counted(texts: readonly string[]): [text: string, count: number][] {
  const counts = new Map<string, number>();
  for (const text of texts)
    if (text !== '' && text.length <= LONGEST_TEXT) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_HINTS);
}

/**
 * What `error:` finds it by; empty when it names a child and is cut: then nobody could tell whether that child may be seen.
 */
function firstLine(text: string): string {
  const line = text.split('\n', 1)[0]!.trim();
  if (line.length > LONGEST_TEXT && /\bchild \S/.test(line)) return '';
  return line.slice(0, LONGEST_TEXT);
}

/** Then nobody knows what is secret. */
function undefinedWhenUnreadable(error: unknown): undefined {
  if (!isUnreadable(error)) throw error;
}

function perhaps(act: () => void): void {
  try {
    act();
  } catch {
    // No JSON.
  }
}
