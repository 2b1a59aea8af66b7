/**
 * Values of the last while, with their greatest, their sum and their mean.
 */

export class Recent {
  readonly #seconds: number;
  readonly #entries: { readonly atSeconds: number; readonly value: number }[] = [];

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** Adds one, and forgets those that are older than the while. */
  add(atSeconds: number, value: number): void {
    this.#entries.push({ atSeconds, value });
    while (this.#entries[0]!.atSeconds < atSeconds - this.#seconds) this.#entries.shift();
  }

  max(): number {
    return this.#entries.reduce((most, { value }) => Math.max(most, value), -Infinity);
  }

  /** Of the values that are younger than the while. */
  sum(nowSeconds: number): number {
    const young = this.#entries.filter(({ atSeconds }) => atSeconds > nowSeconds - this.#seconds);
    return young.reduce((sum, { value }) => sum + value, 0);
  }

  /** Of the values that are younger than the while; NaN of none. */
  mean(nowSeconds: number): number {
    const young = this.#entries.filter(({ atSeconds }) => atSeconds > nowSeconds - this.#seconds);
    return young.reduce((sum, { value }) => sum + value, 0) / young.length;
  }
}
