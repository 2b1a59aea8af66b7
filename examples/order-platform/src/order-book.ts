/**
 * The truth about orders: one folder per order, one file per fact. Queues only carry the work.
 *
 * A fact has one name, is written once and never changed; a second writer of the same fact, in this process
 * or another, changes nothing. So every step may run twice, and web and worker share this folder as they
 * would share a database. Works without Redis.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { Happened, Id, type OrderView, Outcome, PlacedOrder } from './orders.ts';

const REMINDERS = ['reminder-1', 'reminder-2', 'reminder-3'] as const;
/** How often an order is reminded of at most. */
export const MOST_REMINDERS = REMINDERS.length;

const FACTS = { placed: PlacedOrder, outcome: Outcome, paid: Happened } as const;

export class OrderBook {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns whether the fact is new */
  place(order: PlacedOrder): Promise<boolean> {
    return this.#write(order.id, 'placed', order);
  }

  settle(id: string, outcome: Outcome): Promise<boolean> {
    return this.#write(id, 'outcome', outcome);
  }

  pay(id: string, at: number): Promise<boolean> {
    return this.#write(id, 'paid', { at });
  }

  remind(id: string, number: number, at: number): Promise<boolean> {
    return this.#write(id, REMINDERS[number - 1]!, { at });
  }

  /** `null` when there is no such order. */
  async read(id: string): Promise<OrderView | null> {
    if (!Id.safeParse(id).success) return null;
    const placed = await this.#read(id, 'placed', FACTS.placed);
    if (placed === null) return null;
    const outcome = await this.#read(id, 'outcome', FACTS.outcome);
    const paid = outcome && (await this.#read(id, 'paid', FACTS.paid));
    const reminders = outcome ? await this.#listReminders(id) : [];
    const state = paid ? 'paid' : (outcome?.state ?? 'placed');
    return { ...placed, state, outcome, paidAt: paid?.at ?? null, reminders };
  }

  /** All orders, newest first. */
  async list(): Promise<OrderView[]> {
    const ids = await readdir(this.#folder).catch(emptyWhenMissing);
    const orders: OrderView[] = [];
    for (const id of ids) {
      const order = await this.read(id);
      if (order) orders.push(order);
    }
    return orders.sort((a, b) => b.placedAt - a.placedAt);
  }

  async #listReminders(id: string): Promise<number[]> {
    const files = await readdir(join(this.#folder, id));
    return REMINDERS.flatMap((name, at) => (files.includes(`${name}.json`) ? [at + 1] : []));
  }

  /** Whole or not at all, and only the first of several: a link to a name that exists is refused. */
  async #write(id: string, fact: string, value: object): Promise<boolean> {
    const folder = join(this.#folder, Id.parse(id));
    const draft = join(folder, `${fact}.${randomUUID()}.draft`);
    await mkdir(folder, { recursive: true });
    await writeFile(draft, `${JSON.stringify(value)}\n`, { flush: true });
    try {
      await link(draft, join(folder, `${fact}.json`));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await unlink(draft);
    }
  }

  async #read<T>(id: string, fact: string, schema: z.ZodType<T>): Promise<T | null> {
    try {
      return schema.parse(
        JSON.parse(await readFile(join(this.#folder, id, `${fact}.json`), 'utf8')),
      );
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }
}

function emptyWhenMissing(error: unknown): string[] {
  if (codeOf(error) === 'ENOENT') return [];
  throw error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
