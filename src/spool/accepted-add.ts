/**
 * An add as it is kept: the call on BullMQ's backend that will make it, as JSON.
 *
 * `v` is the version of this shape. A reader must refuse one that it does not know: the file stays.
 */
export type AddKind = 'addJob' | 'addJobs' | 'addFlow' | 'addJobScheduler';

/** One accepted add. */
export interface AcceptedAdd {
  readonly v: 1;
  /** The lane it belongs to, and its place there. */
  readonly lane: string;
  readonly first: number;
  readonly count: number;
  /** When it was accepted, epoch ms. */
  readonly at: number;
  /** The queue's key prefix and name; the name is empty for a flow. */
  readonly prefix: string;
  readonly queue: string;
  readonly kind: AddKind;
  readonly args: readonly unknown[];
}

/** Reads one. Throws when it is of a shape that this version does not know. */
export function parseAcceptedAdd(text: string): AcceptedAdd {
  const add = JSON.parse(text) as AcceptedAdd;
  if (add.v !== 1)
    throw new Error(`it was written by another version of Drover (shape ${String(add.v)})`);
  return add;
}
