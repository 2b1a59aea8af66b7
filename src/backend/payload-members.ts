/**
 * Where payloads are in the arguments and in the answers of the backend's members, beside those that run jobs.
 *
 * What only shows jobs shows a bad payload as it is stored, unless its store is away: then it fails, and can be asked
 * again. What hands results to a processor or to whoever waits for one fails instead: a value in place of another would
 * be taken for the result.
 */
import { type JobJson, UnrecoverableError } from 'bullmq';
import { after, changeEach } from '../base/perhaps.ts';
import { queueLabel } from '../keys.ts';
import { isEnvelope } from '../payloads/envelope.ts';
import type { PayloadKind, Perhaps } from '../payloads/payload-codec.ts';
import type { BackendPayloads } from './backend-payloads.ts';
import { whenConnected } from './offloading.ts';
import { openEvents, type Streams } from './opened-events.ts';
import { inWords, toThrown } from './payload-failures.ts';
import { isPacked, looksPacked, type QueuePayloads } from './queue-payloads.ts';

type Texts = Record<string, string>;
type Open = (payloads: QueuePayloads, answer: never, args: readonly unknown[]) => unknown;

/** Member → what is done with its answer: it is opened, perhaps in place. */
export const ANSWERS: Readonly<Record<string, Open>> = {
  getJobData: (payloads, job: JobJson | undefined, [jobId]) =>
    job && isPacked(job) ? payloads.showJob(job, String(jobId)) : job,
  getJobScheduler: (payloads, [fields, next]: [string[] | null, string], [id]) =>
    after(fields && showFields(payloads, fields, String(id)), (shown) => [shown, next]),
  getJobSchedulerData: (payloads, hash: Texts, [id]) =>
    hash.data && isEnvelope(hash.data)
      ? after(payloads.lookedAt('data', hash.data, String(id)), (data) => ({ ...hash, data }))
      : hash,
  isFinished: (payloads, answer: number | [status: number, value: string], [jobId]) =>
    Array.isArray(answer) && answer[0] === COMPLETED && isEnvelope(answer[1])
      ? openFinished(payloads, answer[1], String(jobId))
      : answer,
  getProcessedChildrenValues: (payloads, values: Texts | undefined) =>
    values && openChildren(payloads, values),
  getDependencies: (payloads, answer: { processed?: Record<string, unknown> }) =>
    answer.processed
      ? after(openParsedChildren(payloads, answer.processed), (processed) => ({
          ...answer,
          processed,
        }))
      : answer,
  paginate: (payloads, page: Page) => openPage(payloads, page),
  obliterate: (payloads, cursor: number) => cursor || payloads.forgetPointers().then(() => cursor),
  readEvents: (payloads, streams: Streams | null) => streams && openEvents(payloads, streams),
};

type Arguments = readonly unknown[];
type Store = (payloads: BackendPayloads, args: Arguments) => Perhaps<Arguments>;

/** Member → its arguments as they are stored. Throws and rejects with PAYLOAD_TOO_LARGE and BODY_STORE_UNAVAILABLE. */
export const ARGUMENTS: Readonly<Record<string, Store>> = {
  updateData: (payloads, args) => storeValue(payloads, 'data', args),
  updateProgress: (payloads, args) => storeValue(payloads, 'progress', args),
  updateJobSchedulerNextMillis: ({ queue }, args) => packTemplate(queue, args),
  moveToCompleted: ({ results }, args) => results.prepare(args),
};

type Method<Self> = (this: Self, ...args: unknown[]) => Promise<unknown>;

/** A member with its payloads stored and opened around it; the member itself where it carries none. */
export function withPayloads<Self>(
  name: string,
  member: Method<Self>,
  payloadsOf: (self: Self) => BackendPayloads,
): Method<Self> {
  const store = ARGUMENTS[name];
  const open = ANSWERS[name];
  if (store)
    return function (...args) {
      try {
        const stored = store(payloadsOf(this), args);
        if (stored === args) return member.apply(this, args);
        const call = (stored: Arguments): Promise<unknown> =>
          member.apply(this, stored as unknown[]);
        return stored instanceof Promise ? stored.then(call) : call(stored);
      } catch (error) {
        return Promise.reject(error);
      }
    };
  if (!open) return member;
  return function (...args) {
    return member
      .apply(this, args)
      .then((answer) => open(payloadsOf(this).queue, answer as never, args));
  };
}

const COMPLETED = 1;
/** What BullMQ takes for the reason of a failure. */
const FAILED = 2;

interface Page {
  items: { id: string; v?: unknown; err?: string }[];
  jobs: JobJson[];
}

/** The second of them as it is stored. */
function storeValue(
  { queue, offloading }: BackendPayloads,
  kind: PayloadKind,
  args: Arguments,
): Perhaps<Arguments> {
  const json = queue.jsonOf(kind, args[1], jobIdOf(args[0]));
  if (json === undefined) return args;
  const { codec } = queue;
  const stored = after(codec.pack(kind, json), (packed) =>
    whenConnected(offloading, () => codec.offload(kind, packed)),
  );
  return after(stored, (text) => (text === json ? args : args.with(1, JSON.parse(text))));
}

/** BullMQ hands over the job, or its id. */
function jobIdOf(job: unknown): string {
  return typeof job === 'object' ? String((job as { id?: string } | null)?.id) : String(job);
}

/**
 * BullMQ's script takes the data of the next iteration from the scheduler and looks at nothing here. Never offloaded, or
 * each iteration would leave a body; and an error would cost the job that was just fetched.
 */
function packTemplate({ codec }: QueuePayloads, args: Arguments): Perhaps<Arguments> {
  const template = args[2] as string;
  const without = (): Arguments => args.with(2, '{}');
  if (codec.isPlain || template === '{}') return args;
  try {
    const packed = after(codec.pack('data', template), (text) => args.with(2, text));
    return packed instanceof Promise ? packed.catch(without) : packed;
  } catch {
    return without();
  }
}

/** The template of a scheduler, as a flat list of names and values; the same when nothing in it is packed. */
function showFields(
  payloads: QueuePayloads,
  fields: readonly string[],
  schedulerId: string,
): Perhaps<readonly string[]> {
  return changeEach(fields, (text, i) =>
    i % 2 === 1 && fields[i - 1] === 'data' ? payloads.lookedAt('data', text, schedulerId) : text,
  );
}

async function openFinished(
  payloads: QueuePayloads,
  stored: string,
  jobId: string,
): Promise<[number, string]> {
  try {
    return [COMPLETED, await payloads.opened('result', stored)];
  } catch (error) {
    payloads.unreadable(error, stored, jobId);
    return [FAILED, inWords(error, jobId, payloads.label)];
  }
}

/** Results by the key of the job that returned each. */
function openChildren(payloads: QueuePayloads, values: Texts): Perhaps<Texts> {
  const children = Object.entries(values);
  if (!children.some(([, text]) => isEnvelope(text))) return values;
  return Promise.all(
    children.map(async ([key, text]) => [key, await openChild(payloads, key, text)] as const),
  ).then(Object.fromEntries);
}

function openParsedChildren(
  payloads: QueuePayloads,
  values: Record<string, unknown>,
): Perhaps<Record<string, unknown>> {
  const packed = Object.entries(values).filter(([, value]) => looksPacked(value));
  if (packed.length === 0) return values;
  return Promise.all(
    packed.map(async ([key, value]) => {
      const opened = await openChild(payloads, key, JSON.stringify(value));
      return [key, JSON.parse(opened)] as const;
    }),
  ).then((opened) => ({ ...values, ...Object.fromEntries(opened) }));
}

/** The result of a child of whichever queue. Rejects when it cannot be read. */
async function openChild(payloads: QueuePayloads, jobKey: string, text: string): Promise<string> {
  if (!isEnvelope(text)) return text;
  const { label, jobId } = nodeOf(jobKey);
  try {
    return await payloads.opened('result', text, label);
  } catch (error) {
    throw toThrown(error, jobId, label);
  }
}

/** As BullMQ's `parseNodeKey`, and with ids that hold colons, as those of schedulers do. */
function nodeOf(jobKey: string): { label: string; jobId: string } {
  const scheduled = jobKey.lastIndexOf(':repeat:');
  const idAt = scheduled === -1 ? jobKey.lastIndexOf(':') : scheduled;
  const nameAt = jobKey.lastIndexOf(':', idAt - 1);
  const label = queueLabel(jobKey.slice(0, nameAt), jobKey.slice(nameAt + 1, idAt));
  return { label, jobId: jobKey.slice(idAt + 1) };
}

/** Children of a job: their keys, their results, or both with the jobs themselves. */
async function openPage(payloads: QueuePayloads, page: Page): Promise<Page> {
  for (const item of page.items) {
    if (!looksPacked(item.v)) continue;
    try {
      item.v = JSON.parse(await openChild(payloads, item.id, JSON.stringify(item.v)));
    } catch (error) {
      item.err = error instanceof UnrecoverableError ? error.message : String(error);
      delete item.v;
    }
  }
  for (const [i, job] of page.jobs.entries())
    if (isPacked(job)) await showChild(payloads, job, page.items[i]?.id ?? '');
  return page;
}

async function showChild(payloads: QueuePayloads, job: JobJson, jobKey: string): Promise<void> {
  const { label, jobId } = nodeOf(jobKey);
  await payloads.ofQueue(label).showJob(job, job.id || jobId);
}
