/**
 * The fingerprint of a failure: one for each cause, whatever the job.
 *
 * It is made of the error's type, its message and its frames, each without what changes from job to job. What
 * decides is in `normalise.ts` and `stack-frames.ts`; this only puts it together. It must not throw: it runs
 * where a job's failure is being acknowledged.
 */
import { createHash } from 'node:crypto';
import { normaliseMessage } from './normalise.ts';
import { readStack } from './stack-frames.ts';

/** What failures of one cause have in common. */
export interface Cause {
  readonly type: string;
  /** At most 500 characters of it are kept for reading; the fingerprint is of the whole. */
  readonly message: string;
  readonly frames: readonly string[];
  /** 16 hexadecimal digits. */
  readonly fingerprint: string;
}

const LONGEST_MESSAGE = 500;
/** Changes when the rules do, so that a new version's groups are not mixed with an old one's. */
const RULES = 1;

/** The cause of a failure with this reason and this, the newest, stack. */
export function causeOf(reason: string, stack: string | undefined): Cause {
  const { type, frames } = readStack(stack, reason);
  const message = normaliseMessage(reason);
  const fingerprint = createHash('sha256')
    .update([RULES, type, message, ...frames].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return { type, message: message.slice(0, LONGEST_MESSAGE), frames, fingerprint };
}
