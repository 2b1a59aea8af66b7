/**
 * What came of one run: figures for the report, and every promise with what was seen of it.
 */
import type { Scenario, Side } from './scenario.ts';
import type { Check } from './stage.ts';

/** A run that is over. */
export interface Outcome {
  readonly scenario: string;
  readonly side: Side;
  /** Why it did not run; then there are no figures. */
  readonly notRun?: string;
  readonly figures?: Figures;
  readonly checks: readonly Check[];
  readonly notes: readonly string[];
  readonly tookMs: number;
}

/** Counted in the ledger and in the books; times in ms. */
export interface Figures {
  readonly sent: number;
  readonly accepted: number;
  readonly refused: number;
  readonly unknown: number;
  /** Adds without an answer at the end. */
  readonly pending: number;
  readonly repeats: number;
  /** Accepted, never run, and in none of the sets from which jobs are run. */
  readonly lost: number;
  readonly failed: number;
  /** Still waiting or active at the end. */
  readonly stuck: number;
  /** From the heal to the next job that started; null when none did. */
  readonly resumeMs: number | null;
  /** Longest time without a job that completed. */
  readonly gapMs: number;
  readonly slowestAddMs: number;
  readonly errorsPerSecond: number;
  readonly logLinesPerSecond: number;
  readonly httpP99Ms: number;
  readonly memoryGrowthMb: number;
  /** How late the harness itself was, p99: what a busy machine does to everybody. */
  readonly noiseMs: number;
}

/** A run that did not take place. */
export function notRun({ name }: Scenario, side: Side, why: string): Outcome {
  return { scenario: name, side, notRun: why, checks: [], notes: [], tookMs: 0 };
}

/** The promises that were not kept, in words. */
export function brokenIn({ checks }: Outcome): string[] {
  return checks
    .filter(({ state }) => state === 'broken')
    .map(({ promise, seen }) => `${promise}: ${seen}`);
}
