/**
 * Makes of a stored job what is added to another queue: the same id, name, options and data; attempts start anew.
 *
 * Payloads are bound to their queue, by encryption, dictionaries and bodies: they are unpacked by the codec of the one
 * and packed by the codec of the other. What may not be told to the other queue is refused before anything is opened.
 */
import { Job, type JobJson, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { numberOf } from '../../dead-letters/dead-letter.ts';
import { CoordinatorError } from '../../errors.ts';
import type { PayloadCodecs } from '../../payloads/payload-codec.ts';
import { readStoredHead, wouldBeReadable } from '../../payloads/stored-head.ts';
import { runsAtOf } from './job-states.ts';

/** What is added, and what is written beside it. */
export interface MovedJob {
  readonly json: JobJson;
  /** JSON: where it comes from. */
  readonly provenance: string;
}

/** From where to where, by whom and when. */
export interface MoveOrder {
  readonly queue: string;
  readonly keyPrefix: string;
  readonly to: string;
  readonly actor: string;
  /** Epoch ms. */
  readonly at: number;
  /** Whether encrypted data may be opened for it. */
  readonly mayReadData: boolean | undefined;
}

/**
 * Reads the job and makes it; undefined when there is none. Rejects as the codec does when its data cannot be read, with
 * FORBIDDEN, and with PAYLOAD_KEY_UNKNOWN where encrypted data would become readable. Writes the body of large data for the
 * other queue: ask before whether the job may be moved.
 */
export async function readMovedJob(
  redis: Redis,
  payloads: PayloadCodecs,
  id: string,
  { queue, keyPrefix, to, actor, at, mayReadData }: MoveOrder,
): Promise<MovedJob | undefined> {
  const [fields, score] = await Promise.all([
    redis.hmget(keyPrefix + id, 'name', 'data', 'opts', 'timestamp', 'priority'),
    redis.zscore(`${keyPrefix}delayed`, id),
  ]);
  const [name, data, opts, timestamp, priority] = fields;
  if (typeof name !== 'string') return undefined;
  if (!mayReadData && readStoredHead(data ?? '').isEncrypted) throw wouldTell(queue);
  const json = await payloads.of(queue).unpack('data', data ?? '{}');
  const target = payloads.of(to);
  const packed = await target.pack('data', json);
  if (wouldBeReadable(data ?? '', packed)) throw wouldExpose(queue, to);
  const stored = await target.offload('data', packed);
  const delay = score === null ? 0 : Math.max(0, runsAtOf(Number(score)) - at);
  const {
    repeat,
    repeatJobKey,
    prevMillis,
    parent,
    delay: _,
    ...kept
  } = Job.optsFromJSON(opts ?? '{}') as JobsOptions & Record<string, unknown>;
  const options = {
    ...kept,
    ...{ jobId: id, ...(delay > 0 && { delay }) },
    priority: numberOf(priority, 0),
  } as JobsOptions;
  const deduplicationId = options.deduplication?.id;
  return {
    provenance: JSON.stringify({ movedFrom: { queue, jobId: id }, actor, at }),
    json: {
      ...{ id, name, data: stored, opts: options, ...(deduplicationId && { deduplicationId }) },
      timestamp: delay > 0 ? at : numberOf(timestamp, at),
      ...{ progress: 0, attemptsMade: 0, attemptsStarted: 0, stalledCounter: 0 },
      ...{ failedReason: '', returnvalue: '' },
    } as JobJson,
  };
}

/** The error for a move by somebody from whom something of the job is hidden. */
export function wouldTell(queue: string): CoordinatorError {
  return new CoordinatorError(
    'FORBIDDEN',
    `Jobs of the queue "${queue}" have secrets: moving them needs the permission \`data.read\` there, since the other queue may hide less`,
  );
}

function wouldExpose(queue: string, to: string): CoordinatorError {
  return new CoordinatorError(
    'PAYLOAD_KEY_UNKNOWN',
    `Jobs of the queue "${queue}" are encrypted, and this process has no key for the queue "${to}": move them where that queue is defined with one. Nothing was done`,
  );
}

/** Whether a job that has this provenance was moved here from there. */
export function wasMovedFrom(provenance: string | null, queue: string, id: string): boolean {
  try {
    const { movedFrom } = JSON.parse(provenance ?? 'null') ?? {};
    return movedFrom?.queue === queue && movedFrom.jobId === id;
  } catch {
    return false;
  }
}
