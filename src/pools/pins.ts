/**
 * Targets that were set by hand: as long as a pin is there, it is the target of its pool.
 *
 * A pin runs out by Redis's own clock. It is written by operators and read by the leader, a second later at most.
 */
import type { Redis } from 'ioredis';
import { type Duration, formatDuration, parseDuration } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
import type { Keys } from '../keys.ts';

const USUAL_MS = 3_600_000;
const LEAST_MS = 1_000;
const LONGEST_MS = 30 * 86_400_000;
const LONGEST_TEXT = 500;

/** A pin that holds. */
export interface Pin {
  readonly slots: number;
  /** Who set it, and why; null when it was not said. */
  readonly by: string | null;
  readonly reason: string | null;
  /** Epoch ms. */
  readonly at: number;
  readonly until: number;
}

/** How a pin is wanted. */
export interface PinWishes {
  /** How long it holds, from 1 s to 30 days. @default 1 h */
  readonly for?: Duration;
  /** Who asks, and why. */
  readonly by?: string;
  readonly reason?: string;
}

/** A pin as it will be, checked against everything but its pool. `now`: epoch ms. Throws PIN_INVALID. */
export function checkPin(slots: number, wishes: PinWishes, now: number): Pin {
  if (!Number.isSafeInteger(slots) || slots < 0)
    throw invalid(`slots must be a whole number of at least 0, got ${String(slots)}`);
  const forMs = parseDuration(wishes.for ?? USUAL_MS);
  if (forMs === undefined || forMs < LEAST_MS || forMs > LONGEST_MS)
    throw invalid(
      `for must be from ${formatDuration(LEAST_MS)} to 30d, such as '2h', got ${String(wishes.for)}`,
    );
  return {
    slots,
    by: checkText('by', wishes.by),
    reason: checkText('reason', wishes.reason),
    at: now,
    until: now + Math.round(forMs),
  };
}

/** Sets the pin of a pool with these bounds. Throws PIN_INVALID when the pool may not have so many slots. */
export async function writePin(
  redis: Redis,
  keys: Keys,
  queue: string,
  pin: Pin,
  max: number,
): Promise<void> {
  if (pin.slots > max)
    throw invalid(
      `the pool of "${queue}" may have at most ${max} slots, got ${pin.slots}: raise its max`,
    );
  await redis.set(keys.pin(queue), JSON.stringify(pin), 'PX', pin.until - pin.at);
}

/** Takes the pin off. Tells whether there was one. */
export async function removePin(redis: Redis, keys: Keys, queue: string): Promise<boolean> {
  return (await redis.del(keys.pin(queue))) > 0;
}

/** A pin from its text; null when there is none, or none that can be read. */
export function parsePin(text: string | null | undefined): Pin | null {
  if (!text) return null;
  try {
    const { slots, by, reason, at, until } = JSON.parse(text) as Record<string, unknown>;
    if (!Number.isSafeInteger(slots) || (slots as number) < 0) return null;
    return {
      slots: slots as number,
      by: typeof by === 'string' ? by : null,
      reason: typeof reason === 'string' ? reason : null,
      at: Number.isFinite(at) ? (at as number) : 0,
      until: Number.isFinite(until) ? (until as number) : 0,
    };
  } catch {
    return null;
  }
}

function checkText(name: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  if (typeof text === 'string' && text.length <= LONGEST_TEXT) return text;
  throw invalid(`${name} must be a text of at most ${LONGEST_TEXT} characters`);
}

function invalid(message: string): CoordinatorError {
  return new CoordinatorError('PIN_INVALID', `A pin cannot be set like this: ${message}`);
}
