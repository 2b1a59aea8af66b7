/**
 * What a queue does with its payloads, checked and in bytes.
 */
import type { KeyRing } from './key-ring.ts';

/** The payload policy of a queue. What is undefined is off. */
export interface PayloadPolicy {
  /** `extended`: dates, bigints and Buffers come back as what they were. */
  readonly types: 'json' | 'extended';
  /** Payloads above so many bytes are compressed when that makes them smaller. */
  readonly compressAboveBytes: number | undefined;
  readonly encrypt: KeyRing | undefined;
  /** What is larger than this after the other steps goes into a body store. */
  readonly offloadAboveBytes: number | undefined;
  /** Name of the store; undefined is the coordinator's first. */
  readonly offloadTo: string | undefined;
  /** Data and results above so many bytes of JSON are refused. */
  readonly maxBytes: number | undefined;
  /** From this part of `maxBytes` on there is a warning. */
  readonly warnAtRatio: number;
  /** Paths of fields that no view shows: `customer.phone`, `cards[*].number`. */
  readonly redact: readonly string[];
}
