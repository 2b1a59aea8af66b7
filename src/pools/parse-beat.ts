/**
 * Reads the beat of a process: `<server ms> <json>`.
 *
 * Pure. What is not a beat as this version knows it is undefined: a process of another version, or anything that somebody
 * else has written there, is left out and spoils nothing.
 */
import type { HeardBeat, PoolBeat } from './process-beat.ts';

/** A process with all its pools stays far below. */
const MOST_CHARACTERS = 1_000_000;

const POOL_COUNTS = [
  ...(['most', 'slots', 'active'] as const),
  ...(['started', 'ended', 'returned', 'busyMs', 'runs', 'runMs', 'runMsSquared'] as const),
] satisfies readonly (keyof PoolBeat)[];

/** The beat, or undefined. */
export function parseBeat(text: string): HeardBeat | undefined {
  const space = text.indexOf(' ');
  const beatAt = Number(text.slice(0, space));
  if (space < 1 || text.length > MOST_CHARACTERS || !isCount(beatAt)) return undefined;
  const beat = parseJson(text.slice(space + 1));
  if (!isRecord(beat) || typeof beat.id !== 'string' || typeof beat.host !== 'string')
    return undefined;
  const { id, host, version, capacity, isStopping, pools } = beat;
  if (!isCount(capacity) || typeof isStopping !== 'boolean' || !isRecord(pools)) return undefined;
  if (!Object.values(pools).every(isPoolBeat)) return undefined;
  return {
    ...{ id, host, capacity, isStopping, beatAt },
    version: typeof version === 'string' ? version : null,
    pools: pools as Record<string, PoolBeat>,
  };
}

function isPoolBeat(value: unknown): boolean {
  if (!isRecord(value)) return false;
  // Before shares were heard these are -1.
  const isKnown = Number.isFinite(value.epoch) && Number.isFinite(value.rev);
  return isKnown && POOL_COUNTS.every((name) => isCount(value[name]));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
