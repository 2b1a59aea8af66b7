/**
 * What the fake WhatsApp has delivered: each key once, kept in a file if one is given.
 *
 * A delivery is written down before it is answered, as a real provider does it; a repeat finds the first.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export interface Delivery {
  readonly messageId: string;
  readonly key: string;
  readonly to: string;
  readonly text: string;
}

export class Ledger {
  readonly #file: string | undefined;
  readonly #deliveries = new Map<string, Delivery>();

  constructor(file?: string) {
    this.#file = file;
    if (!file || !existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const delivery = JSON.parse(line) as Delivery;
      this.#deliveries.set(delivery.key, delivery);
    }
  }

  get deliveries(): readonly Delivery[] {
    return [...this.#deliveries.values()];
  }

  find(key: string): Delivery | undefined {
    return this.#deliveries.get(key);
  }

  deliver(key: string, { to, text }: { to: string; text: string }): Delivery {
    const delivery = { messageId: `wamid.${this.#deliveries.size + 1}`, key, to, text };
    if (this.#file) appendFileSync(this.#file, `${JSON.stringify(delivery)}\n`);
    this.#deliveries.set(key, delivery);
    return delivery;
  }
}
