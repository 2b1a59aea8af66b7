/**
 * What a scenario is: data that says what is promised, and one function that does the harm and mends it.
 */
import type { RedisConfig } from '../../support/redis-server.ts';
import type { Stage } from './stage.ts';

/** Who is put to the test. */
export type Side = 'drover' | 'bare';

/** What is set up before the fault. */
export interface Setup {
  readonly workers: number;
  readonly concurrency: number;
  readonly jobMs: number;
  /** `undefined`: the side's own default. */
  readonly lockMs: number | undefined;
  readonly stalledMs: number | undefined;
  readonly shutdownMs: number;
  readonly addsPerSecond: number;
  readonly mostJobs: number;
  readonly flows: boolean;
  readonly whenDown: 'fail' | 'wait' | 'spool';
  /** `proxy`: applications reach Redis through a network that can be harmed. */
  readonly via: 'direct' | 'proxy';
  /** `absent`: Redis is not there yet. `sentinel`: a primary, a replica and three Sentinels. */
  readonly redis: 'alone' | 'absent' | 'replica' | 'sentinel';
  readonly config: RedisConfig;
  /** The user of the applications, as a line of an ACL file; none: the default user. */
  readonly user: string | undefined;
  /** What must be seen before the fault: jobs that ended, every slot busy, or nothing. */
  readonly warm: 'ended' | 'busy' | 'none';
  /** Adds go on for this long after the heal. */
  readonly afterMs: number;
  /** Longest time for all jobs to finish after that. */
  readonly drainMs: number;
  /** A program that the workers run in, such as a network namespace. */
  readonly within: readonly string[];
  /** The address that the workers are given, when it is another one. */
  readonly workerHost: string | undefined;
}

/** The limits within which the promise is kept. */
export interface Bounds {
  /** How often jobs may run again; `in flight`: as many as could be running at the fault. */
  readonly repeats: number | 'in flight';
  /** `declared`: this fault destroys data, and that is said. */
  readonly lost: 'none' | 'declared';
  /** From the heal to the next job that starts. */
  readonly resumeMs: number;
  /** Error events per second and worker while the fault lasts; `undefined`: not promised. */
  readonly errorsPerSecond: number | undefined;
  /** Per process while the fault lasts. Every state of a socket is told, so each cut of all three costs some. */
  readonly logLinesPerSecond: number;
  /** Jobs run in the order in which they were accepted. */
  readonly inOrder: boolean;
  /** Adds end within `addTimeoutMs`. */
  readonly addsEnd: boolean;
  /** Each worker that lives works again after the heal. */
  readonly allWorkersResume: boolean;
}

/** One kind of harm. */
export interface Scenario {
  readonly name: string;
  readonly family: string;
  /** What is done. */
  readonly fault: string;
  /** What an operator may rely on. */
  readonly promise: string;
  /** `fast`: in `npm test`. `usual`: in the chaos suite. `slow`: there too, more than half a minute. */
  readonly pace: 'fast' | 'usual' | 'slow';
  readonly setup?: Partial<Setup> | ((side: Side) => Partial<Setup>);
  readonly bounds?: Partial<Bounds>;
  /** Why it cannot run here, or nothing. */
  readonly cannotRun?: (side: Side) => string | undefined;
  /** Does the harm; returns when it is mended, as far as Redis and the network are concerned. */
  readonly run: (stage: Stage) => Promise<void>;
}

/** Ten jobs at once on two workers, sixty adds a second, locks that run out soon. */
export const USUAL_SETUP: Setup = {
  workers: 2,
  concurrency: 10,
  jobMs: 20,
  lockMs: 4_000,
  stalledMs: 3_000,
  shutdownMs: 3_000,
  addsPerSecond: 60,
  mostJobs: Number.MAX_SAFE_INTEGER,
  flows: false,
  whenDown: 'fail',
  via: 'direct',
  redis: 'alone',
  config: {},
  user: undefined,
  warm: 'ended',
  afterMs: 1_500,
  drainMs: 25_000,
  within: [],
  workerHost: undefined,
};

/** What holds wherever a scenario does not say otherwise. */
export const USUAL_BOUNDS: Bounds = {
  repeats: 0,
  lost: 'none',
  resumeMs: 5_000,
  errorsPerSecond: undefined,
  logLinesPerSecond: 10,
  inOrder: false,
  addsEnd: true,
  allWorkersResume: true,
};

/** As every application of the chaos suite is told. */
/** Three sockets are closed, reconnecting, connected and ready each time. */
export const LOG_LINES_PER_CUT = 12;
export const ADD_TIMEOUT_MS = 2_000;
export const QUEUE = 'chaos';
