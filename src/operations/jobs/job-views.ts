/**
 * What operators see of jobs. Plain JSON; times are epoch ms.
 */

/** BullMQ's states of a job. */
export type JobState =
  | 'waiting'
  | 'prioritized'
  | 'delayed'
  | 'active'
  | 'completed'
  | 'failed'
  | 'waiting-children'
  | 'paused';

/** A job in a list. */
export interface JobRow {
  readonly queue: string;
  readonly id: string;
  /** Cut at 500 characters, as `failedReason`. */
  readonly name: string;
  readonly state: JobState | 'unknown';
  readonly addedAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** When it may run; null unless it is delayed. */
  readonly runsAt: number | null;
  readonly attemptsMade: number;
  readonly attempts: number;
  readonly priority: number;
  /** Why it failed last; cut, and hidden as the data is. null: it did not. */
  readonly failedReason: string | null;
  /** Size of the stored data. */
  readonly dataBytes: number;
  readonly parent: { readonly queue: string; readonly id: string } | null;
  readonly scheduler: string | null;
}

/** A job with what belongs to it. */
export interface JobView extends JobRow {
  /** The data as JSON text, cut at 8 KB unless `full` was asked; null: it cannot be read here. */
  readonly data: string | null;
  readonly isDataCut: boolean;
  /** Why data is null. */
  readonly unreadable: string | null;
  readonly result: string | null;
  readonly progress: unknown;
  /** Under the names by which BullMQ takes them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly stacktrace: readonly string[];
  /** Which process runs it, as far as it says. */
  readonly worker: string | null;
  readonly logLines: number;
  /** Failed attempts, oldest first, as far as workers of Drover ran them; at most 20. */
  readonly timeline: readonly JobAttempt[];
  /** Whether there is a dead letter of it. */
  readonly hasDeadLetter: boolean;
  /** Whether secret fields are hidden in this answer. */
  readonly isRedacted: boolean;
}

/** One attempt of a job. */
export interface JobAttempt {
  /** 1 is the first. */
  readonly attempt: number;
  readonly host: string;
  readonly version: string;
  readonly startedAt: number | null;
  readonly ms: number | null;
  readonly reason: string;
}

/** A page of jobs. */
export interface JobPage {
  readonly rows: readonly JobRow[];
  readonly next: string | null;
  /** How many are in these states; what a filter leaves out is not taken off. */
  readonly total: number;
  /** How many were looked at for this page; at most 10,000 with a filter. */
  readonly looked: number;
  /** Of those: ids whose job is gone. */
  readonly gone: number;
  /** Of those: jobs whose data the filter could not look at, since it cannot be read here or is above 1 MB. */
  readonly unread: number;
}

/** Jobs of one id in all queues that may be seen. */
export interface FoundJobsView {
  /** In the order of the names of their queues. */
  readonly rows: readonly JobRow[];
  /** How many queues were looked into. */
  readonly looked: number;
  /** Whether that is all there is: all queues are known and were looked into, and no row was left out. */
  readonly isComplete: boolean;
}

/** What a filter of the jobs of one state can ask for, told by the newest of them. The most frequent come first. */
export interface JobHints {
  /** At most 50, of up to 200 characters. */
  readonly names: readonly { readonly name: string; readonly count: number }[];
  /** Fields of the data, at most 50: values up to 200 characters, at most 5 of each, none of a secret field. */
  readonly fields: readonly { readonly path: string; readonly samples: readonly string[] }[];
  /** First lines of the reasons of failures, at most 50, cut at 200 characters. None that holds a secret value. */
  readonly errors: readonly { readonly reason: string; readonly count: number }[];
  /** How many jobs were looked at; at most 500. */
  readonly looked: number;
  /** Whether fields and errors are left out, since `data.read` is missing. */
  readonly isRedacted: boolean;
}

/** Lines of a job's log. */
export interface JobLogPage {
  readonly lines: readonly string[];
  readonly next: string | null;
  readonly total: number;
}

/** A node of a flow. */
export interface FlowNode {
  readonly queue: string;
  readonly id: string;
  readonly name: string | null;
  readonly state: JobState | 'unknown' | 'gone';
  readonly children: readonly FlowNode[];
  /** Children that are not shown. */
  readonly more: number;
}

/** What would become of the jobs of a bulk action. */
export interface JobBulkPlan {
  readonly queue: string;
  readonly eligible: number;
  readonly ineligible: Readonly<Record<string, number>>;
  /** A few of those that would be dealt with. */
  readonly sample: readonly JobRow[];
}
