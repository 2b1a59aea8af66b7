/**
 * What the doctor tells. Plain JSON; times are epoch ms.
 */

/** How bad a finding is; `unverified`: these rights do not suffice to tell. */
export type Severity = 'critical' | 'warning' | 'information' | 'unverified';

/** Something that the doctor found. */
export interface FindingView {
  /** Id of the check, such as `CFG01`. */
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  /** What was seen, with the value. */
  readonly seen: string;
  /** Why it matters for a queue. */
  readonly why: string;
  /** What to do, as commands where there are some. */
  readonly remedy: readonly string[];
  /** The queue it is about; null: the server. */
  readonly queue: string | null;
  /** Whether `doctor.fix` can mend it. */
  readonly isFixable: boolean;
}

/** The whole examination. */
export interface DoctorReport {
  readonly startedAt: number;
  readonly tookMs: number;
  /** Masked. */
  readonly redis: string;
  readonly server: string | null;
  readonly queues: number;
  readonly checks: number;
  /** What it was taken for; null: for a server that holds queues, however it is set up otherwise. */
  readonly profile: 'queue' | 'cache' | null;
  readonly findings: readonly FindingView[];
  readonly worst: Severity | null;
}

/** What was or would be mended. */
export interface FixView {
  readonly id: string;
  readonly queue: string | null;
  /** What is done, as a sentence or a command. */
  readonly does: string;
  readonly outcome: 'would' | 'done' | 'failed' | 'no-longer-needed';
  readonly message: string | null;
}

/** The rights of a role in Redis. */
export interface AclView {
  readonly role: string;
  /** The user that the line is for. */
  readonly user: string;
  /** For an ACL file; without its first word for `ACL SETUSER`. Holds a place for the password, and no password. */
  readonly line: string;
}
