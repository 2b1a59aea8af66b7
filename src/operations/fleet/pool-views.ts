/**
 * What operators see of pools. Plain JSON; times are epoch ms.
 */
import type { Decision } from '../../pools/decisions.ts';
import { inWords } from '../../pools/in-words.ts';
import type { PoolRecord } from '../../pools/read-pools.ts';

/** A pool. */
export type PoolView = PoolRecord;

/** A decision of the leader. */
export interface DecisionView extends Decision {
  /** Why, as a sentence. */
  readonly words: string;
}

/** Why a pool has the slots it has. */
export interface WhyView {
  readonly queue: string;
  /** How it stands now. */
  readonly reason: string | null;
  /** Why the target does not follow; null while it does. */
  readonly frozenFor: string | null;
  /** The last change; null when there was none lately. */
  readonly last: DecisionView | null;
}

/** What scalers outside want: so many slots. */
export interface ScaleView {
  readonly value: number;
}

/** A decision with its sentence. */
export function toDecisionView(decision: Decision): DecisionView {
  const { explanation, from, to, mode, recommended } = decision;
  const isSpread = from === to;
  const why = inWords({ ...explanation, from, to }, { mode, recommended });
  return { ...decision, words: isSpread ? `spread anew over the processes, ${why}` : why };
}
