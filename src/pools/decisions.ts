/**
 * Reads what was decided, newest first, from the stream of decisions.
 *
 * Bounded: a queue that is seldom scaled may have none among the entries that are kept.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { PoolMode } from '../workers/pool-settings.ts';
import type { DecidedBy, Explanation, PinnedBy } from './explanation.ts';

/** One decision. */
export interface Decision {
  /** Of the entry in the stream. */
  readonly id: string;
  /** Server time, epoch ms. */
  readonly at: number;
  readonly queue: string;
  readonly epoch: number;
  readonly rev: number;
  /** The same when only the shares of the processes changed. */
  readonly from: number;
  readonly to: number;
  readonly mode: PoolMode;
  readonly recommended: number | null;
  readonly explanation: Explanation;
}

const MOST_ENTRIES = 1_500;
const ENTRIES_AT_ONCE = 250;

/** The newest decisions, of all queues or of one. */
export async function readDecisions(
  redis: Redis,
  keys: Keys,
  { queue, limit }: { readonly queue?: string; readonly limit: number },
): Promise<Decision[]> {
  const found: Decision[] = [];
  let end = '+';
  for (let looked = 0; looked < MOST_ENTRIES && found.length < limit; ) {
    const entries = await redis.xrevrange(keys.decisions(), end, '-', 'COUNT', ENTRIES_AT_ONCE);
    for (const [id, fields] of entries) {
      const decision = parseDecision(id, fields);
      if (decision && (queue === undefined || decision.queue === queue)) found.push(decision);
    }
    looked += entries.length;
    if (entries.length < ENTRIES_AT_ONCE) break;
    end = idBefore(entries.at(-1)![0]);
  }
  return found.slice(0, limit);
}

/** The id before this one; Redis before 6.2 has no range without its end. */
function idBefore(id: string): string {
  const [ms, sequence] = id.split('-').map(BigInt) as [bigint, bigint];
  return sequence > 0n ? `${ms}-${sequence - 1n}` : `${ms - 1n}`;
}

/** An entry of the stream; undefined when it is none of this version. */
export function parseDecision(id: string, flat: readonly string[]): Decision | undefined {
  const fields: Record<string, string | undefined> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1];
  const explanation = parseExplanation(fields.why);
  const [from, to] = [Number(fields.from), Number(fields.to)];
  if (fields.queue === undefined || !explanation || !Number.isFinite(from + to)) return undefined;
  return {
    id,
    at: Number(fields.at) || Number(id.split('-')[0]),
    queue: fields.queue,
    epoch: Number(fields.epoch) || 0,
    rev: Number(fields.rev) || 0,
    ...{ from, to },
    mode: fields.mode === 'recommend' || fields.mode === 'off' ? fields.mode : 'auto',
    recommended: fields.recommended ? Number(fields.recommended) : null,
    explanation,
  };
}

const COUNTS = [
  ...(['from', 'to', 'load'] as const),
  ...(['arrivalsPerSecond', 'serviceMs', 'waitP95Ms'] as const),
] satisfies readonly (keyof Explanation)[];

function parseExplanation(text: string | undefined): Explanation | undefined {
  try {
    const stored = JSON.parse(text ?? '') as Record<string, unknown>;
    if (COUNTS.some((name) => !Number.isFinite(stored[name]))) return undefined;
    if (typeof stored.decidedBy !== 'string') return undefined;
    const { pin, ...rest } = stored;
    return {
      ...(rest as unknown as Explanation),
      ...(isRecord(pin) && { pin: parsePinnedBy(pin) }),
      caps: Array.isArray(stored.caps) ? (stored.caps as DecidedBy[]) : [],
    };
  } catch {
    return undefined;
  }
}

function parsePinnedBy({ by, reason, until }: Record<string, unknown>): PinnedBy {
  return {
    by: typeof by === 'string' ? by : null,
    reason: typeof reason === 'string' ? reason : null,
    until: typeof until === 'number' ? until : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
