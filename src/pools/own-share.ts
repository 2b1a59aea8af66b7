/**
 * How many slots this process wants of a queue: its share, or what it does as long as it has none.
 *
 * Pure. Shares count only when their epoch and revision are newer than those known, so neither a leader that slept
 * through its end nor a Redis that went back in time is obeyed. A process that the leader has never named keeps its
 * first slots; one that it names no longer was taken for dead, and opens none until it is named again. Where nobody
 * leads, no work is left lying.
 */
import { mostSlots } from '../workers/pool-options.ts';
import type { PoolSettings } from '../workers/pool-settings.ts';
import { share } from './share.ts';

/** What this process knows of its share of a queue. */
export interface OwnShare {
  /** Newest that was heard; -1 before the first. */
  readonly epoch: number;
  readonly rev: number;
  /** Undefined until a leader has named this process. */
  readonly slots: number | undefined;
  /** Slots that it started with. */
  readonly first: number;
}

/** What is written for a queue: the fields of its hash, as they are. */
export interface Published {
  readonly epoch: string;
  readonly rev: string;
  readonly shares: string;
}

/** Longest that a pool without a leader keeps what it has. */
export const UNLED_MS = 15_000;

/** What is known after `published` was read. */
export function heard(own: OwnShare, published: Published, id: string): OwnShare {
  const [epoch, rev] = [numberOf(published.epoch), numberOf(published.rev)];
  if (epoch === undefined || rev === undefined) return own;
  if (epoch < own.epoch || (epoch === own.epoch && rev <= own.rev)) return own;
  const shares = parseShares(published.shares);
  if (!shares) return own;
  const given = Object.hasOwn(shares, id) ? shares[id] : undefined;
  if (given === undefined)
    return { ...own, epoch, rev, slots: own.slots === undefined ? undefined : 0 };
  return isWhole(given) ? { ...own, epoch, rev, slots: given } : own;
}

/** Slots that this process wants. @param unledMs for how long nobody has led while Redis answered */
export function wantedSlots(own: OwnShare, settings: PoolSettings, unledMs: number): number {
  const wanted = own.slots ?? own.first;
  const isLeftAlone = unledMs >= UNLED_MS && (own.slots ?? 0) === 0;
  const slots = isLeftAlone ? Math.max(wanted, 1, settings.min) : wanted;
  return Math.min(slots, mostSlots(settings));
}

/** One pool that wants slots in a process. */
export interface Wish {
  readonly queue: string;
  readonly slots: number;
  readonly weight: number;
  readonly active: number;
}

/** Slots by queue when the process may run `capacity` in all: one for each that wants any, the rest by weight. */
export function fitted(wishes: readonly Wish[], capacity: number): ReadonlyMap<string, number> {
  const pools = Object.fromEntries(
    wishes.map(({ queue, slots, active }) => [queue, { most: slots, slots, active }]),
  );
  const queues = wishes.map(({ queue, slots, weight }) => ({
    ...{ queue, target: slots, weight, perHostMax: slots, ready: slots },
  }));
  const unit = { id: '', host: '', capacity, isStopping: false, isOld: false, pools };
  const shares = share({ queues, units: [unit], previous: new Map() });
  return new Map([...shares].map(([queue, each]) => [queue, each.get('') ?? 0]));
}

function parseShares(written: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const shares: unknown = JSON.parse(written);
    return typeof shares === 'object' && shares !== null && !Array.isArray(shares)
      ? (shares as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function numberOf(written: string): number | undefined {
  return /^\d+$/.test(written) ? Number(written) : undefined;
}
