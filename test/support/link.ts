/**
 * One direction of a network link that several connections share: latency and bandwidth.
 *
 * Bytes wait in one queue per connection. While there is a limit, they leave in small slices in turn, so a
 * connection with much to send slows the others down but does not lock them out. A queue that is full
 * pauses its source, so the sender feels the slow link.
 */
import type { Socket } from 'node:net';

const SLICE_BYTES = 1_024;
const FULL_BYTES = 64 * 1_024;

/** The shared medium. */
export class Link {
  delayMs = 0;
  /** `Infinity` is no limit. */
  bytesPerSecond: number = Infinity;
  readonly #flows = new Set<Flow>();
  #turn: Flow[] = [];
  #credit = 0;
  #creditedAt: number = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /** Joins a connection: what `source` sends goes to `target`. */
  join(source: Socket, target: Socket): Flow {
    const flow = new Flow(this, source, target);
    this.#flows.add(flow);
    return flow;
  }

  leave(flow: Flow): void {
    this.#flows.delete(flow);
  }

  /** Sends what may be sent now, and comes back for the rest. */
  pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#addCredit();
    const sliceBytes = Number.isFinite(this.bytesPerSecond) ? SLICE_BYTES : Infinity;
    let sent = 0;
    do {
      sent = 0;
      if (this.#turn.length === 0) this.#turn = [...this.#flows];
      while (this.#turn.length > 0 && this.#credit >= 1) {
        const flow = this.#turn.shift()!;
        const bytes = flow.send(Math.min(sliceBytes, this.#credit));
        this.#credit -= bytes;
        sent += bytes;
      }
    } while (sent > 0 && this.#credit >= 1);
    this.#comeBack();
  }

  #addCredit(): void {
    const now = performance.now();
    const earned = ((now - this.#creditedAt) / 1_000) * this.bytesPerSecond;
    this.#creditedAt = now;
    // Credit is not saved up for longer than 50 ms, or a burst after a pause would pass unlimited.
    const ceiling = Math.max(SLICE_BYTES, this.bytesPerSecond / 20);
    this.#credit =
      this.bytesPerSecond === Infinity
        ? this.bytesPerSecond
        : Math.min((Number.isFinite(this.#credit) ? this.#credit : 0) + earned, ceiling);
  }

  #comeBack(): void {
    const waits = [...this.#flows].map((flow) => flow.waitMs).filter((ms) => ms !== null);
    if (waits.length === 0) return;
    const forCreditMs = this.#credit >= 1 ? 0 : 5;
    this.#timer = setTimeout(() => this.pump(), Math.max(1, forCreditMs, Math.min(...waits)));
  }
}

/** The bytes of one connection on the link. */
export class Flow {
  /** What is thrown away is neither delivered nor answered; nobody learns that the other side is gone. */
  isMute = false;
  readonly #link: Link;
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #chunks: Array<{ bytes: Buffer; dueAt: number }> = [];
  #queuedBytes = 0;
  #hasEnded = false;
  #isBlocked = false;

  constructor(link: Link, source: Socket, target: Socket) {
    this.#link = link;
    this.#source = source;
    this.#target = target;
    target.on('drain', () => {
      this.#isBlocked = false;
      link.pump();
    });
  }

  /** Queues what the source has sent. */
  push(bytes: Buffer): void {
    if (this.isMute) return;
    this.#chunks.push({ bytes, dueAt: performance.now() + this.#link.delayMs });
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > FULL_BYTES) this.#source.pause();
    this.#link.pump();
  }

  /** The source has said its last word; the target hears that after the bytes before it. */
  end(): void {
    this.#hasEnded = true;
    this.#endTargetWhenEmpty();
  }

  /** Until something can be sent, or null when there is nothing to wait for. */
  get waitMs(): number | null {
    const head = this.#chunks[0];
    return head && !this.#isBlocked && !this.isMute ? head.dueAt - performance.now() : null;
  }

  /** Sends at most this much of what is due; returns how much it was. */
  send(atMostBytes: number): number {
    const head = this.#chunks[0];
    if (!head || this.#isBlocked || this.isMute || head.dueAt > performance.now()) return 0;
    const slice = head.bytes.subarray(0, Math.floor(atMostBytes));
    head.bytes = head.bytes.subarray(slice.length);
    if (head.bytes.length === 0) this.#chunks.shift();
    this.#queuedBytes -= slice.length;
    if (!this.#target.destroyed) this.#isBlocked = !this.#target.write(slice);
    if (this.#queuedBytes <= FULL_BYTES && this.#source.isPaused()) this.#source.resume();
    this.#endTargetWhenEmpty();
    return slice.length;
  }

  #endTargetWhenEmpty(): void {
    if (this.#hasEnded && this.#chunks.length === 0 && !this.isMute) this.#target.end();
  }
}
