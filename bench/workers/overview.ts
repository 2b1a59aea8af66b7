/**
 * A coordinator that shows many queues to many viewers, all in one process.
 */
import { Coordinator } from 'drover';
import { monotonicMs } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { reportTrouble } from '../harness/sides.ts';

/** What this child can do. */
export interface OverviewWorker {
  open(argument: { url: string; queues: readonly string[] }): Promise<void>;
  /** Opens so many streams, each by a viewer of its own, and reads them from then on. */
  watch(argument: { streams: number }): Promise<void>;
  /** Ends all streams; returns how many events they have had, and how many bytes of text. */
  unwatch(argument: Record<string, never>): Promise<{ events: number; bytes: number }>;
  /** Asks for the overview so many times, checks it, and returns the ms that each took. */
  ask(argument: { calls: number; queues: number }): Promise<number[]>;
  /** Asks for a page of 100 jobs; null when pages of jobs are not there. */
  page(argument: { queue: string }): Promise<number | null>;
}

type Caller = NonNullable<Parameters<Coordinator['control']['call']>[2]>;

let coordinator: Coordinator | undefined;
let ending = new AbortController();
let reading: Promise<void>[] = [];
let seen = { events: 0, bytes: 0 };

/** One request, as somebody who may read everything. The one place that knows how requests reach Drover. */
function ask(name: 'overview.get' | 'overview.watch' | 'jobs.list', input: object, viewer = 0) {
  const id = `viewer-${viewer}`;
  const principal = { kind: 'token', id, name: id, grants: [{ may: ['admin'] }] } as const;
  const caller: Caller = { principal, signal: ending.signal };
  return coordinator!.control.call(name, input, caller);
}

async function read(viewer: number): Promise<void> {
  const events = (await ask('overview.watch', {}, viewer)) as AsyncIterable<{ text: string }>;
  for await (const { text } of events) {
    seen.events += 1;
    seen.bytes += text.length;
  }
}

serve<OverviewWorker>({
  async open({ url, queues }) {
    coordinator = new Coordinator({ redisUrl: url, logger: false });
    reportTrouble(coordinator);
    for (const queue of queues) coordinator.queue(queue);
    await coordinator.start();
  },

  async watch({ streams }) {
    reading = Array.from({ length: streams }, (_, i) => read(i));
  },

  async unwatch() {
    ending.abort();
    await Promise.all(reading);
    const result = seen;
    ending = new AbortController();
    seen = { events: 0, bytes: 0 };
    return result;
  },

  async ask({ calls, queues }) {
    const times: number[] = [];
    for (let i = 0; i < calls; i++) {
      const startedAt = monotonicMs();
      const view = (await ask('overview.get', {})) as { queues: readonly unknown[] };
      const text = JSON.stringify(view);
      times.push(monotonicMs() - startedAt);
      if (view.queues.length < queues) throw new Error(`the overview is ${text.slice(0, 200)}`);
    }
    return times;
  },

  async page({ queue }) {
    try {
      const page = await ask('jobs.list', { queue, state: 'completed', limit: 100 });
      return (page as { jobs?: readonly unknown[]; rows?: readonly unknown[] }).jobs?.length ?? 100;
    } catch (error) {
      if ((error as { code?: string }).code === 'NOT_FOUND') return null;
      throw error;
    }
  },
});
