/**
 * Hides in texts of failures which child a parent has failed for, from whoever may not see the child's queue. Pure.
 *
 * BullMQ writes `child <key of the job> failed`, and the key holds the name of the queue and the id of the job.
 */
import { jobOfKey } from '../keys.ts';
import type { Call } from './action.ts';

const CHILD = /\bchild (\S{3,1000}) failed\b/g;

/** A view, or a text, as it may be seen: the texts in it are the same but for such children. */
export function withoutUnseenChildren<View>(view: View, call: Pick<Call, 'may'>): View {
  return call.may('jobs.read', null) ? view : (shown(view, call) as View);
}

function shown(value: unknown, call: Pick<Call, 'may'>): unknown {
  if (typeof value === 'string') return value.replace(CHILD, (text, key) => told(text, key, call));
  if (Array.isArray(value)) return value.map((each) => shown(each, call));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, shown(each, call)] as const),
  );
}

function told(text: string, key: string, { may }: Pick<Call, 'may'>): string {
  const child = jobOfKey(key);
  return child && !may('jobs.read', child.queue) ? 'child <hidden> failed' : text;
}
