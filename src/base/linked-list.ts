/**
 * A list in order of entry that costs a few writes to join and to leave, from any place.
 *
 * For what every job joins and leaves: a Map or Set keeps the places of what has left until it is built anew,
 * and cost 0.4 µs more for each job (measured with a hundred inside, Node 20).
 */

/** A value's place in its list. */
export interface Link<T> {
  readonly value: T;
  previous: Link<T> | undefined;
  next: Link<T> | undefined;
  /** Undefined once it has left. */
  list: LinkedList<T> | undefined;
}

/** Values in the order in which they were appended. */
export class LinkedList<T> implements Iterable<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The oldest. */
  get first(): Link<T> | undefined {
    return this.#first;
  }

  append(value: T): Link<T> {
    const link: Link<T> = { value, previous: this.#last, next: undefined, list: this };
    if (this.#last) this.#last.next = link;
    else this.#first = link;
    this.#last = link;
    this.#size += 1;
    return link;
  }

  /** Harmless when it has left already, or is in another list. */
  remove(link: Link<T>): void {
    if (link.list !== this) return;
    link.list = undefined;
    this.#size -= 1;
    const { previous, next } = link;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    // What has left must not keep alive those that came after it.
    link.previous = undefined;
    link.next = undefined;
  }

  /** Of the values that are in it at this moment. */
  [Symbol.iterator](): Iterator<T> {
    const values: T[] = [];
    for (let link = this.#first; link; link = link.next) values.push(link.value);
    return values.values();
  }
}
