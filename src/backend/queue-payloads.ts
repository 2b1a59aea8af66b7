/**
 * The payloads of one queue on their way between BullMQ and Redis: what every member of the backend packs and opens
 * with.
 *
 * What is looked at is shown: a payload that cannot be read stays as it is stored, since one of them must not take a
 * whole page with it. What runs jobs is in `fetched-payloads.ts` and `finished-results.ts`.
 */
import type { JobJson } from 'bullmq';
import { messageOf } from '../errors.ts';
import { queueLabel } from '../keys.ts';
import { isEnvelope, isPointer } from '../payloads/envelope.ts';
import type { PayloadCodec, PayloadKind, Perhaps } from '../payloads/payload-codec.ts';
import type { BackendContext } from './backend-context.ts';
import { within } from './offloading.ts';
import { codeOf } from './payload-failures.ts';
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

  /** JSON of a value, if it may have to be packed; undefined for what is stored as it is. */
  jsonOf(value: unknown): string | undefined {
    if (this.codec.isPlain && !mayLookPacked(value)) return undefined;
    const json = JSON.stringify(value) as string | undefined;
    return json === '{}' ? undefined : json;
  }

  /** The JSON behind a stored text. Throws and rejects as `unpack` does, at the latest when its store was waited for. */
  opened(kind: PayloadKind, stored: string, label: string = this.label): Perhaps<string> {
    const opened = this.#codecOf(label).unpack(kind, stored);
    return opened instanceof Promise ? within(opened, LONGEST_READ_MS) : opened;
  }

  /** A stored text as a view shows it. */
  shown(kind: PayloadKind, stored: string, jobId: string): Perhaps<string> {
    if (!isEnvelope(stored)) return stored;
    try {
      const opened = isPointer(stored)
        ? this.#context.bodyReads(async () => this.opened(kind, stored))
        : this.opened(kind, stored);
      return opened instanceof Promise
        ? opened.catch((error) => this.unreadable(error, stored, jobId))
        : opened;
    } catch (error) {
      return this.unreadable(error, stored, jobId);
    }
  }

  /** A job with its payloads as a view shows them, changed in place. */
  async showJob(job: JobJson, jobId: string): Promise<JobJson> {
    job.data = await this.shown('data', job.data, jobId);
    return await this.showRest(job, jobId);
  }

  /** The same without its data. */
  async showRest(job: JobJson, jobId: string): Promise<JobJson> {
    const { returnvalue, progress } = job;
    if (typeof returnvalue === 'string')
      job.returnvalue = await this.shown('result', returnvalue, jobId);
    if (looksPacked(progress))
      job.progress = JSON.parse(await this.shown('progress', JSON.stringify(progress), jobId));
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
