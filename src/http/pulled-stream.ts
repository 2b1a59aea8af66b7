/**
 * Turns an iterable into the body of an answer, item by item as the client takes them.
 *
 * A client that reads slowly holds the source back: nothing is asked of it before there is room. One that takes nothing
 * for long is left. Whatever ends the body (the client, the source, the signal) ends the source.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { orAborted } from '../base/wait.ts';
import { CoordinatorError } from '../errors.ts';

/** Where a body comes from. */
export interface PulledStreamOptions<Item> {
  readonly source: AsyncIterator<Item>;
  /** The bytes of the next chunk; null: it is over. Rejecting breaks the connection off, so that no client takes a part for all. */
  readonly next: (source: AsyncIterator<Item>) => Promise<string | null>;
  /** Sent before all else. @default nothing */
  readonly preface?: string;
  /** Whether a part of it is worth something: if not, the connection is broken off when it must end early. */
  readonly mayEndEarly: boolean;
  /** How long the client may take nothing while something is there for it. */
  readonly untakenMs: number;
  readonly signal: AbortSignal;
  /** Called once when it is over. */
  readonly close: () => void;
  /** Hears of a source that fails; tells whether the connection is broken off already. */
  readonly onError: (error: unknown) => boolean;
  readonly clock?: Clock;
}

/** The body. */
export function pulledStream<Item>(options: PulledStreamOptions<Item>): ReadableStream<Uint8Array> {
  const { source, next, preface, mayEndEarly, signal, close, onError } = options;
  const { untakenMs, clock = systemClock } = options;
  const encoder = new TextEncoder();
  let isTaken = (): void => {};
  const end = (): void => {
    isTaken();
    close();
    // A source that waits for something returns when that has come; nobody waits for it here.
    void Promise.resolve(source.return?.()).catch(() => {});
  };
  type Controller = ReadableStreamDefaultController<Uint8Array>;
  const fail = (controller: Controller, error: unknown): void => {
    // What a source says of having been ended is no fault of its own.
    const isBroken = onError(signal.aborted ? stopped() : error);
    end();
    if (isBroken) controller.close();
    else controller.error(new Error('The answer was broken off')); // What was wrong is for the log.
  };
  const give = (controller: Controller, text: string): void => {
    controller.enqueue(encoder.encode(text));
    isTaken = clock.after(untakenMs, () => fail(controller, stopped()), { background: true });
  };
  return new ReadableStream({
    start(controller) {
      if (preface !== undefined) give(controller, preface);
    },
    async pull(controller) {
      isTaken();
      try {
        const chunk = await orAborted(next(source), signal);
        if (chunk === 'aborted' && !mayEndEarly) throw stopped();
        if (chunk !== null && chunk !== 'aborted') {
          give(controller, chunk);
          return;
        }
        end();
        controller.close();
      } catch (error) {
        fail(controller, error);
      }
    },
    cancel: end,
  });
}

function stopped(): CoordinatorError {
  return new CoordinatorError('STOPPED', 'The answer ended before it was whole');
}
