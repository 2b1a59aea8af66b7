/**
 * Where the data of jobs is in the arguments of each kind of add, and how it is changed there.
 *
 * Copies are made of what changes only, and none when nothing does.
 */
import { after, changeEach } from '../base/perhaps.ts';
import { queueLabel } from '../keys.ts';
import type { PayloadCodec, PayloadCodecs, Perhaps } from '../payloads/payload-codec.ts';
import type { AddKind } from '../spool/accepted-add.ts';
import type { AddArguments } from './adds.ts';
import type { AddTarget } from './run-add.ts';

/** Changes the data of a job of the queue with this codec. */
export type ChangeData = (codec: PayloadCodec, data: string) => Perhaps<string>;

/** BullMQ's scripts compare the data of scheduled jobs with it. */
const EMPTY = '{}';

/** Compresses and encrypts. Throws PAYLOAD_TOO_LARGE. */
export const pack: ChangeData = (codec, data) => (data === EMPTY ? data : codec.pack('data', data));

/** Puts away what is large. Rejects with BODY_STORE_UNAVAILABLE. */
export const offload: ChangeData = (codec, data) =>
  data === EMPTY ? data : codec.offload('data', data);

/** Needs nothing of Redis to be read. */
export const selfContained: ChangeData = (codec, data) =>
  codec.selfContained?.('data', data) ?? data;

/** The arguments with changed data; the same when there is nothing to change. Throws and rejects as `change` does. */
export function changeArguments(
  codecs: PayloadCodecs,
  { prefix, queue }: AddTarget,
  kind: AddKind,
  args: readonly unknown[],
  change: ChangeData,
): Perhaps<readonly unknown[]> {
  if (kind === 'addFlow') {
    const [entries] = args as unknown as AddArguments<'addFlow'>;
    const changed = changeEach(entries, (entry) => {
      const codec = codecs.of(queueLabel(entry.prefix, entry.queueName));
      const { jobData } = entry;
      return after(change(codec, jobData.data), (data) =>
        data === jobData.data ? entry : { ...entry, jobData: { ...jobData, data } },
      );
    });
    return after(changed, (made) => (made === entries ? args : [made]));
  }
  const codec = codecs.of(queueLabel(prefix, queue));
  if (kind === 'addJobs') {
    const [entries] = args as unknown as AddArguments<'addJobs'>;
    const changed = changeEach(entries, (entry) => {
      const { job } = entry;
      return after(change(codec, job.data), (data) =>
        data === job.data ? entry : { ...entry, job: { ...job, data } },
      );
    });
    return after(changed, (made) => (made === entries ? args : [made]));
  }
  if (kind === 'addJobScheduler') {
    const template = args[2] as string;
    return after(change(codec, template), (data) =>
      data === template ? args : args.with(2, data),
    );
  }
  const [job] = args as unknown as AddArguments<'addJob'>;
  return after(change(codec, job.data), (data) =>
    data === job.data ? args : args.with(0, { ...job, data }),
  );
}
