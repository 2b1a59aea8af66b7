/**
 * What the producers of both sides do: adds at a steady rate, each with an id of its own, and says of each
 * when it was sent and what the answer was.
 *
 * An add never waits for the one before it. An error code decides what the harness may believe: `refused`
 * was certainly not carried out, `unknown` may have been.
 */
import type { FlowJob, JobsOptions } from 'bullmq';
import { hear, monotonicMs, say } from './say.ts';
import type { AppSettings } from './settings.ts';

/** How a side adds. */
export interface Adding {
  add(jobId: string, options: JobsOptions): Promise<unknown>;
  addFlow(flow: FlowJob): Promise<unknown>;
  /** Whether an add that ended so was certainly not carried out. */
  isRefusal(error: unknown): boolean;
}

/** A finished job stays to be counted. */
const KEPT: JobsOptions = { removeOnComplete: false, removeOnFail: false };
/** After a pause of the whole machine the producer does not catch up by a flood. */
const MOST_AT_ONCE = 5;
const TICK_MS = 5;

/** Produces until told to stop. */
export function produce(settings: AppSettings, adding: Adding): void {
  const { addsPerSecond, mostJobs, ids } = settings;
  let sent = 0;
  let open = 0;
  let hasStopped = false;
  let dueAt = monotonicMs();
  const tellWhenIdle = (): void => {
    if (hasStopped && open === 0) say('idle');
  };
  const stop = (): void => {
    if (hasStopped) return;
    hasStopped = true;
    clearInterval(timer);
    say('done', sent);
    tellWhenIdle();
  };
  const timer = setInterval(() => {
    const now = monotonicMs();
    dueAt = Math.max(dueAt, now - (MOST_AT_ONCE * 1_000) / addsPerSecond);
    for (; dueAt <= now && !hasStopped; dueAt += 1_000 / addsPerSecond) {
      open += 1;
      void addOne(settings, adding, `${ids}${sent}`).finally(() => {
        open -= 1;
        tellWhenIdle();
      });
      sent += 1;
      if (sent >= mostJobs) stop();
    }
  }, TICK_MS);
  hear({ stop });
}

async function addOne({ flows, queue }: AppSettings, adding: Adding, jobId: string): Promise<void> {
  const ids = flows ? [jobId, `${jobId}-a`, `${jobId}-b`] : [jobId];
  const words = ids.join(',');
  const startedAt = monotonicMs();
  const tookMs = (): string => (monotonicMs() - startedAt).toFixed(1);
  const node = (id: string): FlowJob => ({
    name: 'job',
    queueName: queue,
    opts: { ...KEPT, jobId: id },
  });
  say('sent', words);
  try {
    if (flows) await adding.addFlow({ ...node(jobId), children: ids.slice(1).map(node) });
    else await adding.add(jobId, KEPT);
    say('accepted', words, tookMs());
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const what = adding.isRefusal(error) ? 'refused' : 'unknown';
    say(what, words, tookMs(), code ?? message.split(' ')[0] ?? 'Error', message);
  }
}
