/**
 * A queue full of dead letters, and a coordinator that replays them.
 */
import { Coordinator } from 'drover';
import { Redis } from 'ioredis';
import { monotonicMs, until } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { reportTrouble } from '../harness/sides.ts';

/** What this child can do. */
export interface ReplayWorker {
  open(argument: { url: string }): Promise<void>;
  /** Empties Redis and writes so many dead letters with their failed jobs, as a worker leaves them. */
  seed(argument: { letters: number }): Promise<void>;
  /** Replays all of them as fast as it goes: dead letters per second from the first to the last, and ms from the call. */
  replayAll(argument: { letters: number }): Promise<{ perSecond: number; tookMs: number }>;
  /**
   * Replays, and aborts when a fifth has been replayed: ms from the call of the abort until nothing moves any more.
   */
  abort(argument: { letters: number }): Promise<number>;
}

const QUEUE = 'replayed';
const BATCH = 1_000;
const TIMEOUT_MS = 120_000;
const DATA = JSON.stringify({ order: 4_711, lines: 'x'.repeat(200) });
const OPTIONS = '{"attempts":3,"backoff":{"delay":2000,"type":"exponential"}}';

let coordinator: Coordinator | undefined;
let redis: Redis | undefined;

const waiting = (): Promise<number> => redis!.llen(`bull:${QUEUE}:wait`);

function write(pipeline: ReturnType<Redis['pipeline']>, jobId: string, failedAt: number): void {
  const job = { name: 'order', data: DATA, opts: OPTIONS, timestamp: String(failedAt - 1_000) };
  const record = `coordinator:deadletter:${QUEUE}:${jobId}`;
  pipeline.hset(record, {
    ...{ originalJob: JSON.stringify(job), failureReason: 'no answer', failedAt, attemptsMade: 3 },
    ...{ jobName: 'order', type: 'TimeoutError', message: 'no answer', stack: '', history: '[]' },
    ...{ fingerprint: '5f1c09ab77d2e134', host: 'bench', version: '', state: 'dead', deaths: 1 },
    via: 'worker',
  });
  pipeline.zadd(`coordinator:deadletters:${QUEUE}`, failedAt, jobId);
  pipeline.hset(`bull:${QUEUE}:${jobId}`, { ...job, atm: 3, ats: 3, failedReason: 'no answer' });
  pipeline.zadd(`bull:${QUEUE}:failed`, failedAt, jobId);
}

async function start(): Promise<string> {
  const { id } = await coordinator!.deadLetters.replay(
    { filter: `queue:${QUEUE}` },
    { actor: 'bench' },
  );
  return id;
}

serve<ReplayWorker>({
  async open({ url }) {
    redis = new Redis(url);
    coordinator = new Coordinator({ redisUrl: url, logger: false });
    reportTrouble(coordinator);
    await coordinator.start();
  },

  async seed({ letters }) {
    const queueKeys = await redis!.keys(`*${QUEUE}*`);
    for (let i = 0; i < queueKeys.length; i += BATCH)
      await redis!.unlink(...queueKeys.slice(i, i + BATCH));
    const firstAt = Date.now() - 2 * letters;
    for (let i = 0; i < letters; i += BATCH) {
      const pipeline = redis!.pipeline();
      for (let n = i; n < Math.min(letters, i + BATCH); n += 1)
        write(pipeline, `job-${n}`, firstAt + n);
      await pipeline.exec();
    }
  },

  async replayAll({ letters }) {
    const calledAt = monotonicMs();
    const id = await start();
    const isDone = async (): Promise<boolean> =>
      (await coordinator!.deadLetters.bulkAction(id)).state === 'done';
    await until(isDone, TIMEOUT_MS, 'all dead letters are replayed');
    const tookMs = monotonicMs() - calledAt;
    const { done, startedAt, finishedAt } = await coordinator!.deadLetters.bulkAction(id);
    if (done !== letters || (await waiting()) !== letters)
      throw new Error(`${done} of ${letters} were replayed, ${await waiting()} wait`);
    return { perSecond: (1_000 * letters) / (finishedAt! - startedAt!), tookMs };
  },

  async abort({ letters }) {
    const id = await start();
    await until(async () => (await waiting()) > letters / 5, TIMEOUT_MS, 'a fifth is replayed');
    const calledAt = monotonicMs();
    await coordinator!.deadLetters.abort(id, 'bench');
    const answeredMs = monotonicMs() - calledAt;
    const atAnswer = await waiting();
    // As long again as the bar allows: whatever was still under way would show.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const later = await waiting();
    if (later !== atAnswer) throw new Error(`${later - atAnswer} were replayed after the abort`);
    if (later === letters) throw new Error('all were replayed before the abort');
    return answeredMs;
  },
});
