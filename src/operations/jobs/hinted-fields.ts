/**
 * Which fields the data of jobs has, and what stands in them: what the filter `data.<field>:<value>` can be asked. Pure.
 *
 * Only what such a filter can say is collected: names of its grammar, single values, no items of lists. Nothing below a
 * secret path is looked at.
 */
import { follow, type RedactionPaths } from '../../payloads/redaction-path.ts';
import { scalarText } from './job-filter.ts';

const MOST_FIELDS = 50;
const MOST_SAMPLES = 5;
const LONGEST_SAMPLE = 200;
const LONGEST_PATH = 200;
const DEEPEST = 10;
/** Names that a filter can hold. */
const NAME = /^[\w-]+$/;

/** Collects fields, job by job. */
export class HintedFields {
  readonly #secrets: RedactionPaths;
  readonly #fields = new Map<string, { count: number; readonly samples: Set<string> }>();

  constructor(secrets: RedactionPaths) {
    this.#secrets = secrets;
  }

  /** @param data as `parseExactly` has it */
  add(data: unknown): void {
    this.#walk(data, 'data', this.#secrets, 0);
  }

  /** The most frequent first. */
  list(): { path: string; samples: string[] }[] {
    return [...this.#fields]
      .sort(([one, { count: a }], [other, { count: b }]) => b - a || (one < other ? -1 : 1))
      .map(([path, { samples }]) => ({ path, samples: [...samples] }));
  }

  #walk(value: unknown, path: string, secrets: RedactionPaths, depth: number): void {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (depth === DEEPEST) return;
      for (const [name, below] of Object.entries(value)) {
        const left = follow(secrets, name);
        if (left !== 'secret' && NAME.test(name))
          this.#walk(below, `${path}.${name}`, left, depth + 1);
      }
      return;
    }
    const sample = scalarText(value);
    if (depth > 0 && sample !== undefined && path.length <= LONGEST_PATH) this.#note(path, sample);
  }

  #note(path: string, sample: string): void {
    let field = this.#fields.get(path);
    if (!field) {
      if (this.#fields.size === MOST_FIELDS) return;
      field = { count: 0, samples: new Set() };
      this.#fields.set(path, field);
    }
    field.count += 1;
    const isShort = sample !== '' && sample.length <= LONGEST_SAMPLE;
    if (isShort && field.samples.size < MOST_SAMPLES) field.samples.add(sample);
  }
}
