/**
 * Lets an answer go on only for as long as whoever asked would still be let in.
 *
 * A stream outlives what it was opened with: a token is revoked, a session ends, a role is taken away. So before anything
 * is sent, whoever was let in longer ago than this is looked at again. No timer: what is not sent needs no look.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { CoordinatorError } from '../errors.ts';

/** How old the knowledge may be that something is sent on. */
const LOOK_AGAIN_MS = 30_000;

/** How it is looked at, and what is done then. */
export interface WhileAdmittedOptions {
  /** Why the client must leave; null: it need not. */
  readonly expel: () => Promise<CoordinatorError | null>;
  /** The last chunk, which says why. May throw instead, where a part must not be taken for all. */
  readonly lastChunk: (error: CoordinatorError) => string;
  readonly clock?: Clock;
}

type Next<Source> = (source: Source) => Promise<string | null>;

/** The same chunks, for as long as the client may have them. */
export function whileAdmitted<Source>(
  next: Next<Source>,
  { expel, lastChunk, clock = systemClock }: WhileAdmittedOptions,
): Next<Source> {
  let lookedMs = clock.monotonic();
  let isOver = false;
  return async (source) => {
    const chunk = isOver ? null : await next(source);
    if (chunk === null || clock.monotonic() - lookedMs < LOOK_AGAIN_MS) return chunk;
    lookedMs = clock.monotonic();
    const error = await expel();
    if (!error) return chunk;
    isOver = true;
    return lastChunk(error);
  };
}
