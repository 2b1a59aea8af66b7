/**
 * What a scenario is and what it returns.
 */

/** One figure with its bar. */
export interface Row {
  readonly what: string;
  /** Median over the rounds. */
  readonly ours: number;
  /** Median over the rounds of what it is compared with; null when it stands alone. */
  readonly peer: number | null;
  /** `ours / peer`. */
  readonly ratio: number | null;
  readonly unit: string;
  /** For the ratio where there is a peer, else for ours; null in a row that is there for information. */
  readonly bar: number | null;
  readonly better: 'higher' | 'lower';
  /** Every round, for the saved raw data. */
  readonly samples: { readonly ours: readonly number[]; readonly peer: readonly number[] };
}

/** How a scenario is to be run. */
export interface RunOptions {
  /** Small sizes: shows that the scenario runs, its figures mean nothing. */
  readonly quick: boolean;
  /** Rounds asked for; each part has its own default. */
  readonly rounds: number | undefined;
  /** Jobs of a scenario that takes long with its own number. */
  readonly jobs: number | undefined;
  /** Seeds of generated workloads; each scenario has its own default. */
  readonly seeds: readonly number[] | undefined;
  /** A recorded trace to run as well. */
  readonly trace: string | undefined;
  /** Where charts are to be written. */
  readonly plot: string | undefined;
  /** Tells how far it is. */
  readonly progress: (line: string) => void;
  /** Runs one part; when it fails that is told, its rows are missing, and the others go on. */
  readonly part: (run: () => Promise<readonly Row[]>) => Promise<readonly Row[]>;
}

/** A benchmark. */
export interface Scenario {
  readonly name: string;
  /** One sentence for the list. */
  readonly describe: string;
  run(options: RunOptions): Promise<readonly Row[]>;
}

/** How many rounds: what was asked for, one in quick mode, else the part's own number. */
export function roundsOf({ rounds, quick }: RunOptions, usual: number): number {
  return rounds ?? (quick ? 1 : usual);
}
