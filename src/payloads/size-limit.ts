/**
 * Refuses payloads that are larger than their queue allows, and warns of those that soon may be.
 *
 * The limit is one of data and results. Progress has none: a job that tells much of itself need not fail for it.
 */
import { CoordinatorError } from '../errors.ts';
import { type Announce, Repetition } from '../events.ts';
import type { PayloadKind } from './payload-codec.ts';

/** UTF-8 takes at most so many bytes for a character of a string. */
const MOST_BYTES_EACH = 3;
/** What is read may be so many times the limit: it may have been lowered, or differ between processes. */
const READ_RATIO = 16;
/** So much is read in any case. */
const READ_BYTES = 16 * 1024 * 1024;

/** The limit of one queue. */
export class SizeLimit {
  readonly #queue: string;
  readonly #maxBytes: number;
  readonly #warnBytes: number;
  readonly #announce: Announce;
  /** One for each kind: two that take turns would each look new again and again. */
  readonly #repetitions = new Map<PayloadKind, Repetition>();

  constructor(
    queue: string,
    { maxBytes, warnAtRatio }: { readonly maxBytes: number; readonly warnAtRatio: number },
    announce: Announce,
  ) {
    this.#queue = queue;
    this.#maxBytes = maxBytes;
    this.#warnBytes = maxBytes * warnAtRatio;
    this.#announce = announce;
  }

  /** Throws PAYLOAD_TOO_LARGE. */
  check(kind: PayloadKind, json: string): void {
    if (kind === 'progress' || json.length * MOST_BYTES_EACH < this.#warnBytes) return;
    const bytes = Buffer.byteLength(json);
    if (bytes < this.#warnBytes) return;
    const [queue, maxBytes] = [this.#queue, this.#maxBytes];
    if (bytes > maxBytes)
      throw new CoordinatorError(
        'PAYLOAD_TOO_LARGE',
        `The ${kind} of a job of queue "${queue}" has ${bytes} bytes, more than the ${maxBytes} of payload.maxBytes: keep it elsewhere and pass a reference, or raise the limit`,
      );
    const repetition = this.#repetitions.get(kind) ?? new Repetition();
    this.#repetitions.set(kind, repetition);
    const repeated = repetition.count(kind);
    this.#announce('payload.large', { queue, kind, bytes, maxBytes, repeated });
  }

  /** Before stored bytes are inflated. Throws PAYLOAD_UNREADABLE. @param plainBytes what they say to become */
  checkInflated(kind: PayloadKind, plainBytes: number): void {
    const most = Math.max(this.#maxBytes * READ_RATIO, READ_BYTES);
    if (kind === 'progress' || plainBytes <= most) return;
    throw new CoordinatorError(
      'PAYLOAD_UNREADABLE',
      `it says that it has ${plainBytes} bytes, far more than the ${this.#maxBytes} of payload.maxBytes: raise the limit to read it`,
    );
  }
}
