/**
 * The truth outside Redis: what was sent, what was answered, and what ran where, in the order it was heard.
 *
 * Filled from the lines of the applications; times are those of the machine's monotonic clock. It judges
 * nothing.
 */

/** Something that a worker did with a job. */
export interface Deed {
  readonly id: string;
  readonly atMs: number;
  readonly by: string;
}

/** Keeps everything that the applications say of jobs. */
export class Ledger {
  readonly sent: string[] = [];
  readonly accepted: string[] = [];
  /** Certainly not carried out → why. */
  readonly refused: Map<string, string> = new Map();
  /** May have been carried out → why. */
  readonly unknown: Map<string, string> = new Map();
  readonly answerMs: number[] = [];
  readonly started: Deed[] = [];
  readonly ended: Deed[] = [];
  readonly completed: Deed[] = [];
  #answered = 0;

  /** Takes down one line of an application; tells whether it was about jobs. */
  write(by: string, atMs: number, what: string, words: readonly string[]): boolean {
    const [first = '', second = '', code = ''] = words;
    const deeds = { started: this.started, ended: this.ended, completed: this.completed }[what];
    if (deeds) deeds.push({ id: first, atMs, by });
    else if (what === 'sent') this.sent.push(...first.split(','));
    else if (what === 'accepted') this.#answer(first, second, (id) => this.accepted.push(id));
    else if (what === 'refused') this.#answer(first, second, (id) => this.refused.set(id, code));
    else if (what === 'unknown') this.#answer(first, second, (id) => this.unknown.set(id, code));
    else return false;
    return true;
  }

  /** Sent, and no answer yet. */
  get pending(): number {
    return this.sent.length - this.#answered;
  }

  /** How often jobs were started beyond the first time. */
  get repeats(): number {
    return this.started.length - new Set(this.started.map(({ id }) => id)).size;
  }

  /** The first time that a job ran its effect → all that did. */
  get effects(): Set<string> {
    return new Set(this.ended.map(({ id }) => id));
  }

  #answer(ids: string, tookMs: string, each: (id: string) => void): void {
    for (const id of ids.split(',')) {
      each(id);
      this.#answered += 1;
    }
    this.answerMs.push(Number(tookMs));
  }
}
