/**
 * Notices a peer that is gone without having said so (half-open): an answer is awaited and no byte comes.
 *
 * Looks once a second at what the socket has read, instead of a timer per command as ioredis's own
 * `socketTimeout`: that costs on every command, and its timer is the global one, which an application's tests
 * may have replaced by a fake clock. An answer that is still arriving counts. Without a command in flight
 * nothing is expected, so an idle command socket needs a ping to be watched.
 */
import type { Redis } from 'ioredis';
import type { CancelTimer, Clock } from '../base/clock.ts';

/**
 * Longer than the longest block (10 s) by what a busy server may add, and short enough that a silent command
 * socket, pinged every 5 s, is replaced within 20 s.
 */
const SILENCE_MS = 13_000;
const LOOK_EVERY_MS = 1_000;

/** What ioredis keeps of its socket and of what it awaits. */
interface Watched {
  readonly stream?: { readonly bytesRead: number; destroy(error: Error): void };
  readonly commandQueue: { readonly length: number };
}

/**
 * Destroys the socket when it is silent for too long; returns the function that ends the watch.
 *
 * @param onSilent called with every look at a silence that lasts
 */
export function watchSilence(
  redis: Redis,
  clock: Clock,
  onSilent: () => void = () => {},
): CancelTimer {
  const watched = redis as unknown as Watched;
  const { stream } = watched;
  let read = stream?.bytesRead;
  let lookedAt = clock.monotonic();
  let silentMs = 0;
  let cancel: CancelTimer = () => {};
  const look = (): void => {
    const now = clock.monotonic();
    const isSilent = watched.commandQueue.length > 0 && stream?.bytesRead === read;
    // A late look means that this process was busy and has not read yet what may have come.
    silentMs = isSilent ? silentMs + Math.min(now - lookedAt, 2 * LOOK_EVERY_MS) : 0;
    // A single look may fall between a command and its answer.
    if (silentMs > 1.5 * LOOK_EVERY_MS) onSilent();
    lookedAt = now;
    read = stream?.bytesRead;
    if (silentMs >= SILENCE_MS)
      stream?.destroy(new Error(`No answer from Redis within ${SILENCE_MS / 1_000} s`));
    else cancel = clock.after(LOOK_EVERY_MS, look, { background: true });
  };
  cancel = clock.after(LOOK_EVERY_MS, look, { background: true });
  return () => cancel();
}
