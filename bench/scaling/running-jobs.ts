/**
 * The running jobs by when they end: a binary heap in plain arrays, since millions pass through it.
 */

/** Which job ends next. */
export class RunningJobs {
  readonly #endsAt: number[] = [];
  readonly #job: number[] = [];

  get size(): number {
    return this.#job.length;
  }

  /** When the next one ends; Infinity when none runs. */
  get nextEnd(): number {
    return this.#endsAt.length > 0 ? this.#endsAt[0]! : Number.POSITIVE_INFINITY;
  }

  /** The running jobs in no order: for picking one by chance. */
  at(index: number): number {
    return this.#job[index]!;
  }

  add(job: number, endsAt: number): void {
    let place = this.#job.length;
    this.#endsAt.push(endsAt);
    this.#job.push(job);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#endsAt[parent]! <= endsAt) break;
      this.#set(place, parent);
      place = parent;
    }
    this.#endsAt[place] = endsAt;
    this.#job[place] = job;
  }

  /** Takes out the one that ends next. There must be one. */
  take(): number {
    const first = this.#job[0]!;
    const endsAt = this.#endsAt.pop()!;
    const job = this.#job.pop()!;
    const size = this.#job.length;
    if (size === 0) return first;
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && this.#endsAt[child + 1]! < this.#endsAt[child]!) child++;
      if (this.#endsAt[child]! >= endsAt) break;
      this.#set(place, child);
      place = child;
    }
    this.#endsAt[place] = endsAt;
    this.#job[place] = job;
    return first;
  }

  #set(place: number, from: number): void {
    this.#endsAt[place] = this.#endsAt[from]!;
    this.#job[place] = this.#job[from]!;
  }
}
