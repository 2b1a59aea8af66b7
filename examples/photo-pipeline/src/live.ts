/**
 * Live progress: tells every open page what changed, by server-sent events.
 *
 * `photo` carries one card, `state` the banner and the counts, both as HTML made by the same functions as
 * the first page; `beat` lets a page notice that its connection is dead. The state is looked at only while
 * somebody listens, and sent only when it changed; a page that reads slowly costs its own memory up to a
 * limit and is then cut off, to reconnect by itself.
 */
import type { Coordinator } from 'drover';
import type { Catalogue, PhotoView } from './catalogue.ts';
import { renderCard } from './page/photo-card.ts';
import { type LiveState, type QueueRow, renderState } from './page/state-banner.ts';

const LOOK_EVERY_MS = 1_000;
const BEAT_EVERY_MS = 10_000;
const MAX_WAITING_MESSAGES = 1_000;

type Listener = (event: string, data: string) => void;

export class Live {
  readonly #coordinator: Coordinator;
  readonly #catalogue: Catalogue;
  readonly #listeners = new Set<Listener>();
  readonly #closers = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #lastState = '';
  #beatAt = 0;

  constructor(coordinator: Coordinator, catalogue: Catalogue) {
    this.#coordinator = coordinator;
    this.#catalogue = catalogue;
    catalogue.on('photo', (view) => this.#tell('photo', toPhotoMessage(view)));
  }

  /** Never waits for Redis longer than the coordinator lets a read take. */
  async readState(): Promise<LiveState> {
    const { status, since } = this.#coordinator.getRedisHealth();
    const queues = status === 'healthy' ? await this.#readQueues() : null;
    return { redis: status, since, queues, photos: this.#catalogue.countByStatus() };
  }

  /** A stream of events that ends when the client goes or `stop()` is called. */
  open(signal: AbortSignal): Response {
    const encoder = new TextEncoder();
    let close = (): void => {};
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const listener: Listener = (event, data) => {
            if ((controller.desiredSize ?? 0) < 0) return close();
            controller.enqueue(encoder.encode(`event: ${event}\ndata: ${data}\n\n`));
          };
          close = () => {
            if (!this.#listeners.delete(listener)) return;
            this.#closers.delete(close);
            this.#stopLookingIfAlone();
            controller.close();
          };
          this.#listeners.add(listener);
          this.#closers.add(close);
          signal.addEventListener('abort', close, { once: true });
          controller.enqueue(encoder.encode('retry: 1000\n\n'));
          this.#lastState = '';
          this.#look();
        },
        cancel: () => close(),
      },
      new CountQueuingStrategy({ highWaterMark: MAX_WAITING_MESSAGES }),
    );
    const headers = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    };
    return new Response(body, { headers });
  }

  stop(): void {
    for (const close of [...this.#closers]) close();
  }

  async #readQueues(): Promise<readonly QueueRow[] | null> {
    try {
      const stats = await this.#coordinator.getAllQueueStats();
      return stats.map(({ queue, counts }) => ({
        name: queue,
        counts: { ...counts, waiting: counts.waiting + counts.prioritized },
      }));
    } catch {
      // Lost between the two questions: the next look says so.
      return null;
    }
  }

  #tell(event: string, data: string): void {
    for (const listener of [...this.#listeners]) listener(event, data);
  }

  /** One look, then the next a second later: looks never overlap, however slow Redis is. */
  #look(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    void this.readState().then((state) => {
      const html = JSON.stringify(renderState(state));
      if (html !== this.#lastState) this.#tell('state', html);
      this.#lastState = html;
      if (Date.now() - this.#beatAt >= BEAT_EVERY_MS) {
        this.#beatAt = Date.now();
        this.#tell('beat', '0');
      }
      if (this.#listeners.size === 0 || this.#timer !== null) return;
      this.#timer = setTimeout(() => this.#look(), LOOK_EVERY_MS);
    });
  }

  #stopLookingIfAlone(): void {
    if (this.#listeners.size > 0 || this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function toPhotoMessage(view: PhotoView): string {
  return JSON.stringify({ id: view.id, html: renderCard(view) });
}
