/**
 * Shows what is stored of one job to whoever may read data, and to whoever may not.
 *
 * Who may gets it as it was added. Others get it with its secret fields hidden, also where the values stand in texts:
 * results, progress, logs, reasons. Of encrypted payloads they get only that they are. While the data of a job cannot be
 * opened nobody knows which values are secret, and where the queue has any, its texts are hidden as a whole.
 */
import { CoordinatorError, messageOf } from '../../errors.ts';
import type { PayloadCodecs, PayloadKind } from '../../payloads/payload-codec.ts';
import type { RedactionPaths } from '../../payloads/redaction-path.ts';
import type { Redactor } from '../../payloads/redactor.ts';
import { readStoredHead } from '../../payloads/stored-head.ts';

/** What showing needs. */
export interface JobShowerOptions {
  readonly payloads: PayloadCodecs;
  readonly redactor: Pick<Redactor, 'json' | 'texts'>;
  readonly queue: string;
  /** What is secret; undefined for whoever may read data. */
  readonly paths: RedactionPaths | undefined;
}

/** A payload as JSON text, or why there is none. */
export interface ShownPayload {
  readonly text: string | null;
  readonly unreadable: string | null;
}

const ENCRYPTED = '"<encrypted>"';

/** Shows one job. */
export class JobShower {
  readonly #options: JobShowerOptions;
  #data: string | undefined;

  constructor(options: JobShowerOptions) {
    this.#options = options;
  }

  /** Opens the data, by which texts are shown. `stored`: undefined when it was not read. */
  async data(stored: string | undefined): Promise<ShownPayload> {
    if (stored === undefined) return { text: null, unreadable: null };
    const opened = await this.#open('data', stored);
    this.#data = opened.text ?? undefined;
    return this.#shown(stored, opened);
  }

  /** Any other payload: its secret fields and the values of those of the data are hidden. */
  async payload(kind: PayloadKind, stored: string | undefined): Promise<string | null> {
    if (stored === undefined) return null;
    const { text, unreadable } = this.#shown(stored, await this.#open(kind, stored));
    return text === null ? JSON.stringify(`<unreadable: ${unreadable}>`) : this.text(text);
  }

  /** The value in a JSON text that may be shown; the text itself when hiding has left no JSON. */
  value(json: string): unknown {
    const shown = this.text(json);
    try {
      return JSON.parse(shown);
    } catch {
      return shown;
    }
  }

  /** A text with the secret values of the data hidden. */
  readonly text = (text: string): string => {
    const { paths, redactor } = this.#options;
    return paths ? redactor.texts(this.#data, paths)(text) : text;
  };

  #shown(stored: string, { text, unreadable }: ShownPayload): ShownPayload {
    const { paths, redactor } = this.#options;
    if (!paths) return { text, unreadable };
    if (readStoredHead(stored).isEncrypted) return { text: ENCRYPTED, unreadable: null };
    return { text: text === null ? null : redactor.json(text, paths), unreadable };
  }

  async #open(kind: PayloadKind, stored: string): Promise<ShownPayload> {
    const { payloads, queue } = this.#options;
    try {
      return { text: await payloads.of(queue).unpack(kind, stored), unreadable: null };
    } catch (error) {
      const code = error instanceof CoordinatorError ? `${error.code}: ` : '';
      return { text: null, unreadable: code + messageOf(error) };
    }
  }
}
