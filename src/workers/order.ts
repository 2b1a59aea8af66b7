/**
 * What processes are told, and what they answer: entries of the stream of orders, as text and back.
 *
 * A cancel names the run of the job that is meant, so an order that is read late harms no later run. What a process must
 * keep to is not in an order: that is in its flag, and the order only says that the flag has changed.
 */
import type { ChainableCommander } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { StreamEntry } from '../redis/listening.ts';

/** Something that a process is told, or says. */
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
    }
  | {
      readonly kind: 'answer';
      /** Id of the entry that it answers. */
      readonly to: string;
      readonly worker: string;
      readonly outcome: OrderOutcome;
    };

/** `not-here`: the job does not run in this process. */
export type OrderOutcome = 'cancelled' | 'not-here' | 'done';

const OUTCOMES: readonly OrderOutcome[] = ['cancelled', 'not-here', 'done'];
const MOST_ORDERS = 1_000;
const KEPT_MS = 3_600_000;

/** Adds an order to what `pipeline` sends; two commands, of which the first answers with its id. */
export function addOrder(pipeline: ChainableCommander, keys: Keys, order: Order): void {
  const fields = Object.entries(order).flatMap(([name, value]) => [name, value ?? '']);
  pipeline
    .xadd(keys.orders(), 'MAXLEN', '~', MOST_ORDERS, '*', ...fields)
    .pexpire(keys.orders(), KEPT_MS);
}

/** The order in an entry; undefined when it is none of this version. */
export function parseOrder([, flat]: StreamEntry): Order | undefined {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i]!, flat[i + 1]!);
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
    case 'answer': {
      const outcome = OUTCOMES.find((each) => each === fields.get('outcome'));
      return outcome && { kind: 'answer', to: text('to'), worker, outcome };
    }
    default:
      return undefined;
  }
}
