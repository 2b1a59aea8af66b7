/**
 * What is kept of each failed attempt, in the job's own hash: where, when, how long, why.
 *
 * It rides in the fields that BullMQ's scripts update anyway when a job is to be tried again, so it costs no
 * command. A field for each attempt, the oldest overwritten first: nothing has to be read to write one.
 */

/** One attempt of a job. */
export interface Attempt {
  /** 1 is the first. */
  readonly attempt: number;
  readonly host: string;
  /** Of the application; '' when it has none. */
  readonly version: string;
  /** When it was fetched, epoch ms by its host. */
  readonly startedAt: number;
  readonly ms: number;
  readonly reason: string;
}

/** What the names of the fields begin with. */
export const ATTEMPT_FIELDS = 'da:';

const MOST_ATTEMPTS = 20;
const LONGEST_REASON = 200;

/** The field of an attempt, and what is in it. */
export function attemptField(attempt: Attempt): Record<string, string> {
  const reason = attempt.reason.slice(0, LONGEST_REASON);
  const field = `${ATTEMPT_FIELDS}${attempt.attempt % MOST_ATTEMPTS}`;
  return { [field]: JSON.stringify({ ...attempt, reason }) };
}
