/**
 * Which queues the overview shows: those that this process uses, and those that any process has measured.
 */
import { systemClock } from '../../base/clock.ts';
import type { OperatorSources } from '../operator-sources.ts';

/** Queues by label. */
export interface KnownQueues {
  /** Those that are known by now, sorted. */
  labels(): readonly string[];
  /** Whether all keys have been looked through for queues. */
  readonly isComplete: boolean;
  /** Resolves when there is something to tell; costs next to nothing when there was a look lately. */
  look(): Promise<void>;
}

const LOOK_EVERY_MS = 15_000;

/** Asks Redis every 15 seconds at most. */
export function knownQueues({
  hub,
  keys,
  queues,
}: Pick<OperatorSources, 'hub' | 'keys' | 'queues'>): KnownQueues {
  let measured: readonly string[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    isComplete: false,
    labels: () => [...new Set([...queues.definitions.keys(), ...measured])].sort(),
    async look() {
      const now = systemClock.monotonic();
      if (now - lookedAt < LOOK_EVERY_MS) return;
      lookedAt = now;
      const redis = await hub.command.raw();
      measured = await redis.zrange(keys.metrics(), 0, '-1').catch(() => []);
    },
  };
}
