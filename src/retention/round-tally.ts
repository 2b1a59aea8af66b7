/**
 * What a round of the sweep of bodies has seen and done, counted while it goes.
 */
import type { Moment } from './sweep-plan.ts';

/** The last round of a process that leads. */
export interface BodySweepView {
  /** When it began, epoch ms of the server. */
  readonly at: number;
  readonly tookMs: number;
  /** Keys of Redis that were gone over; 0 when there was nothing to look for. */
  readonly keys: number;
  /** All bodies in all stores. */
  readonly bodies: number;
  readonly bytes: number;
  /** Bodies that this round decided about: fewer than all when there are very many. */
  readonly looked: number;
  /** Of these, those that something refers to. */
  readonly referenced: number;
  /** Of these, those that wait for the end of their grace. */
  readonly unused: number;
  readonly deleted: number;
  readonly deletedBytes: number;
  /** Dictionaries that were deleted. */
  readonly deletedDictionaries: number;
  /** Why it did not come to its end; null when it did. */
  readonly error: string | null;
}

/** One round, in numbers. */
export class RoundTally {
  readonly moment: Moment;
  keys = 0;
  bodies = 0;
  bytes = 0;
  looked = 0;
  referenced = 0;
  unused = 0;
  deletedDictionaries = 0;
  readonly deleted: { bodies: number; bytes: number } = { bodies: 0, bytes: 0 };

  /** @param moment of its beginning */
  constructor(moment: Moment) {
    this.moment = moment;
  }

  /** @param monotonic the time now */
  view(monotonic: number, error: string | null): BodySweepView {
    const { keys, bodies, bytes, looked, referenced, unused, deletedDictionaries } = this;
    return {
      at: this.moment.server,
      tookMs: Math.round(monotonic - this.moment.monotonic),
      ...{ keys, bodies, bytes, looked, referenced, unused },
      deleted: this.deleted.bodies,
      deletedBytes: this.deleted.bytes,
      deletedDictionaries,
      error,
    };
  }
}
