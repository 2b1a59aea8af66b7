/**
 * What processes are told, and what they answer: entries of streams, as text and back.
 *
 * Orders are in one stream that all of them hear. The answers to an order are in a stream of their own, which only
 * whoever asked reads: a large fleet that answers wakes nobody and pushes no order out.
 *
 * A cancel names the run of the job that is meant, so an order that is read late harms no later run. What a process must
 * keep to is not in an order: that is in its flag, and the order only says that the flag has changed.
 */
import type { ChainableCommander } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { StreamEntry } from '../redis/listening.ts';

/** Something that a process is told. */
export type Order =
  | {
      readonly kind: 'cancel';
      /** Label of the queue. */
      readonly queue: string;
      readonly job: string;
      /** As BullMQ counts them; null: any. */
      readonly run: number | null;
      readonly by: string;
      readonly reason: string | null;
    }
  | {
      /** The flag of a process is another one. */
      readonly kind: 'flag';
      readonly worker: string;
    };

/** What a process says to an order. */
export interface OrderAnswer {
  readonly worker: string;
  readonly outcome: OrderOutcome;
}

/** `not-here`: the job does not run in this process. */
export type OrderOutcome = 'cancelled' | 'not-here' | 'done';

const OUTCOMES: readonly OrderOutcome[] = ['cancelled', 'not-here', 'done'];
const MOST_ORDERS = 1_000;
const KEPT_MS = 3_600_000;
const ANSWERS_KEPT_MS = 60_000;

/** Adds an order to what `pipeline` sends; two commands, of which the first answers with its id. */
export function addOrder(pipeline: ChainableCommander, keys: Keys, order: Order): void {
  pipeline
    .xadd(keys.orders(), 'MAXLEN', '~', MOST_ORDERS, '*', ...flat(order))
    .pexpire(keys.orders(), KEPT_MS);
}

/** Adds the answer to the order with this id to what `pipeline` sends. */
export function addAnswer(
  pipeline: ChainableCommander,
  keys: Keys,
  to: string,
  answer: OrderAnswer,
): void {
  const key = keys.orderAnswers(to);
  pipeline.xadd(key, '*', ...flat(answer)).pexpire(key, ANSWERS_KEPT_MS);
}

/** The answer in an entry; undefined when it is none of this version. */
export function parseAnswer(entry: StreamEntry): OrderAnswer | undefined {
  const fields = fieldsOf(entry);
  const worker = fields.get('worker') ?? '';
  const outcome = OUTCOMES.find((each) => each === fields.get('outcome'));
  return outcome && worker !== '' ? { worker, outcome } : undefined;
}

/** The order in an entry; undefined when it is none of this version. */
export function parseOrder(entry: StreamEntry): Order | undefined {
  const fields = fieldsOf(entry);
  const text = (name: string): string => fields.get(name) ?? '';
  const worker = text('worker');
  switch (fields.get('kind')) {
    case 'cancel': {
      const run = /^\d{1,9}$/.test(text('run')) ? Number(text('run')) : null;
      const [queue, job] = [text('queue'), text('job')];
      if (queue === '' || job === '') return undefined;
      return { kind: 'cancel', queue, job, run, by: text('by'), reason: text('reason') || null };
    }
    case 'flag':
      return worker === '' ? undefined : { kind: 'flag', worker };
    default:
      return undefined;
  }
}

function flat(fields: object): (string | number)[] {
  return Object.entries(fields).flatMap(([name, value]) => [name, value ?? '']);
}

function fieldsOf([, values]: StreamEntry): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < values.length; i += 2) fields.set(values[i]!, values[i + 1]!);
  return fields;
}
