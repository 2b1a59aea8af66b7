/**
 * Tells processes something through the stream of orders, and waits a moment for what they answer to it.
 *
 * Whoever is away answers nothing: then the order stays in the stream, and nobody claims that it was carried out.
 */
import { type Clock, systemClock } from '../../base/clock.ts';
import { withDeadline } from '../../base/wait.ts';
import type { Keys } from '../../keys.ts';
import type { Hub } from '../../redis/hub.ts';
import type { EventReader, StreamRead } from '../../redis/listening.ts';
import { addOrder, type Order, type OrderOutcome, parseAnswer } from '../../workers/order.ts';

/** What asking needs. */
export interface AskProcessesOptions {
  readonly hub: Pick<Hub, 'command' | 'listening'>;
  readonly keys: Keys;
  /** Runs something that is sent once, within the time that any call may take. */
  readonly send: <T>(run: () => Promise<T>) => Promise<T>;
  readonly clock?: Clock;
}

/** Answers are worth so long a wait. */
const WAIT_MS = 2_000;

/**
 * Gives an order. Resolves with the answers by process as soon as all of `expected` have answered or `isEnough` says
 * so, and after two seconds at the latest.
 */
export async function askProcesses(
  options: AskProcessesOptions,
  order: Order,
  expected: readonly string[],
  isEnough: (outcome: OrderOutcome) => boolean,
): Promise<ReadonlyMap<string, OrderOutcome>> {
  const { hub, keys, send, clock = systemClock } = options;
  const to = await send(async () => {
    const pipeline = (await hub.command.raw()).pipeline();
    addOrder(pipeline, keys, order);
    const [[error, id] = [null, '']] = (await pipeline.exec()) ?? [];
    if (error) throw error;
    return id as string;
  });
  const until = clock.monotonic() + WAIT_MS;
  const answers = new Map<string, OrderOutcome>();
  const reader: EventReader = { key: keys.orderAnswers(to), behind: false };
  try {
    for (let from = '0-0'; ; ) {
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0 || expected.every((worker) => answers.has(worker))) return answers;
      const reading: Promise<StreamRead> = hub.listening.read(reader, from, leftMs);
      const read = await withDeadline(reading, leftMs, clock);
      for (const entry of (read.settled && read.value?.[0]?.[1]) || []) {
        [from] = entry;
        const answer = parseAnswer(entry);
        if (!answer) continue;
        answers.set(answer.worker, answer.outcome);
        if (isEnough(answer.outcome)) return answers;
      }
    }
  } catch {
    return answers; // The answers cannot be read here: nobody knows more.
  } finally {
    hub.listening.interrupt(reader);
  }
}
