/**
 * The payloads of one queue on their way between BullMQ and Redis: what every member of the backend packs and opens
 * with.
 *
 * What is looked at is shown: a payload that can never be read stays as it is stored, since one of them must not take a
 * whole page with it. While its store is away a look at a job fails: what is stored, taken for data and written back,
 * would hide the body from the sweep. What runs jobs is in `fetched-payloads.ts` and `finished-results.ts`.
 */
import type { JobJson } from 'bullmq';
import { messageOf } from '../errors.ts';
import { queueLabel, queueOfLabel } from '../keys.ts';
import { isEnvelope, isPointer } from '../payloads/envelope.ts';
import type { PayloadCodec, PayloadKind, Perhaps } from '../payloads/payload-codec.ts';
import { toUnstorable } from '../payloads/unstorable.ts';
import type { BackendContext } from './backend-context.ts';
import { within } from './offloading.ts';
import { codeOf, isStoreDown } from './payload-failures.ts';
import { forgetPointers } from './pointer-keys.ts';
import { StoreOutage } from './store-outage.ts';

/** The payloads of one queue. */
export class QueuePayloads {
  /** Name of the queue inside Drover's keys. */
  readonly label: string;
  readonly codec: PayloadCodec;
  /** Of the store of bodies, as this queue sees it. */
  readonly outage: StoreOutage;
  readonly #openingOutage: StoreOutage;
  readonly #context: BackendContext;
  readonly #unreadable = new Map<string, number>();

  constructor(context: BackendContext, label: string) {
    this.#context = context;
    this.label = label;
    this.codec = context.payloads.of(label);
    this.outage = new StoreOutage(context.announce, label || FLOWS);
    this.#openingOutage = new StoreOutage(context.announce, label || FLOWS);
  }

  /** Of what must be asked to open this text: the store of its body, or Redis for what it was compressed with. */
  outageOf(stored: string): StoreOutage {
    return isPointer(stored) ? this.outage : this.#openingOutage;
  }

  /** The payloads of another queue, or of this one. */
  ofQueue(label: string): QueuePayloads {
    return label === this.label ? this : new QueuePayloads(this.#context, label);
  }

  /** Something in the queue with this key of BullMQ's refers to payloads of this one. */
  noteIn(queueKey: string): void {
    const nameAt = queueKey.lastIndexOf(':');
    const label = queueLabel(queueKey.slice(0, nameAt), queueKey.slice(nameAt + 1));
    this.#context.places?.define(label);
  }

  /** The queue is gone: so go the keys beside its jobs. */
  async forgetPointers(): Promise<void> {
    if (!this.codec.isPlain) await forgetPointers(this.#context, queueOfLabel(this.label));
  }

  /**
   * JSON of a value, if it may have to be packed; undefined for what is stored as it is. Throws DATA_INVALID for what
   * cannot be JSON, and PAYLOAD_TOO_LARGE.
   */
  jsonOf(kind: PayloadKind, value: unknown, jobId: string): string | undefined {
    if (this.codec.isPlain && !mayLookPacked(value)) return undefined;
    try {
      const json = JSON.stringify(value) as string | undefined;
      return json === '{}' ? undefined : json;
    } catch (error) {
      throw toUnstorable(error, `The ${kind} of job ${jobId} of queue "${this.label}"`);
    }
  }

  /** The JSON behind a stored text. Throws and rejects as `unpack` does, at the latest when its store was waited for. */
  opened(kind: PayloadKind, stored: string, label: string = this.label): Perhaps<string> {
    const opened = this.#codecOf(label).unpack(kind, stored);
    return opened instanceof Promise ? within(opened, LONGEST_READ_MS) : opened;
  }

  /** A stored text as a view shows it, whatever is wrong with it. */
  shown(kind: PayloadKind, stored: string, jobId: string): Perhaps<string> {
    const show = (error: unknown): string => this.unreadable(error, stored, jobId);
    try {
      const opened = this.lookedAt(kind, stored, jobId);
      return opened instanceof Promise ? opened.catch(show) : opened;
    } catch (error) {
      return show(error);
    }
  }

  /** The same for what may be written back. Throws and rejects with BODY_STORE_UNAVAILABLE. */
  lookedAt(kind: PayloadKind, stored: string, jobId: string): Perhaps<string> {
    if (!isEnvelope(stored)) return stored;
    const show = (error: unknown): string => {
      if (isStoreDown(error)) throw error;
      return this.unreadable(error, stored, jobId);
    };
    try {
      const opened = isPointer(stored)
        ? this.#context.bodyReads(async () => this.opened(kind, stored))
        : this.opened(kind, stored);
      return opened instanceof Promise ? opened.catch(show) : opened;
    } catch (error) {
      return show(error);
    }
  }

  /** A job with its payloads as a view shows them, changed in place. Rejects with BODY_STORE_UNAVAILABLE. */
  async showJob(job: JobJson, jobId: string): Promise<JobJson> {
    job.data = await this.lookedAt('data', job.data, jobId);
    return await this.#showRest(job, (kind, text) => this.lookedAt(kind, text, jobId));
  }

  /** The same without its data, and whatever is wrong with the rest. */
  showRest(job: JobJson, jobId: string): Promise<JobJson> {
    return this.#showRest(job, (kind, text) => this.shown(kind, text, jobId));
  }

  async #showRest(
    job: JobJson,
    show: (kind: PayloadKind, stored: string) => Perhaps<string>,
  ): Promise<JobJson> {
    const { returnvalue, progress } = job;
    if (typeof returnvalue === 'string') job.returnvalue = await show('result', returnvalue);
    if (looksPacked(progress))
      job.progress = JSON.parse(await show('progress', JSON.stringify(progress)));
    return job;
  }

  #codecOf(label: string): PayloadCodec {
    return label === this.label ? this.codec : this.#context.payloads.of(label);
  }

  /** Tells of a payload that cannot be read. Returns what stands in its place: what is stored, if that is JSON at least. */
  unreadable(error: unknown, stored: string, jobId: string): string {
    const code = codeOf(error);
    const repeated = (this.#unreadable.get(code) ?? 0) + 1;
    this.#unreadable.set(code, repeated);
    const message = messageOf(error);
    this.#context.announce('payload.unreadable', {
      ...{ queue: this.label, jobId, code, message, repeated },
    });
    return isJson(stored) ? stored : '{}';
  }
}

/** Stands for the queues of a flow. */
const FLOWS = ':flows';
/** Beyond what a store itself takes for a large body. */
const LONGEST_READ_MS = 60_000;

/** Whether anything in a job as BullMQ got it from Redis is packed. */
export function isPacked({ data, returnvalue, progress }: JobJson): boolean {
  if (isEnvelope(data) || looksPacked(progress)) return true;
  return typeof returnvalue === 'string' && isEnvelope(returnvalue);
}

/** Whether JSON that has been parsed was an envelope. */
export function looksPacked(value: unknown): value is object {
  return typeof value === 'object' && value !== null && '$drover' in value;
}

/** Whether JSON of this value may begin as an envelope does. */
function mayLookPacked(value: unknown): boolean {
  return looksPacked(value) || (typeof value === 'object' && value !== null && 'toJSON' in value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
