import { expect, test } from 'vitest';
import { judgeWorker, type Verdict, type WorkerFacts } from './watchdog.ts';

const AFTER_MS = 30_000;
const STUCK: WorkerFacts = {
  ...{ now: 0, connection: 1, lastFetchAt: -1_000, longestWaitMs: 10_000, slots: 2, active: 1 },
  ...{ isClosing: false, isPaused: false, isRunning: true, isWaiting: false },
  ...{ isRateLimited: false, isRefused: false },
};

/** Looks every five seconds; `change` gives what differs at a look. The last verdict. */
function look(times: number, change: (now: number) => Partial<WorkerFacts> = () => ({})): Verdict {
  let verdict: Verdict = { watch: undefined, stuck: undefined };
  for (let i = 0; i < times && !verdict.stuck; i += 1) {
    const now = i * 5_000;
    verdict = judgeWorker(verdict.watch, { ...STUCK, now, ...change(now) }, AFTER_MS);
  }
  return verdict;
}

test('a worker that is connected, has room and does not fetch is stuck after its time', () => {
  expect(look(7).stuck).toBeUndefined();
  expect(look(8).stuck).toBe('has not fetched for 36 s although Redis is connected');
  expect(look(8, () => ({ lastFetchAt: Number.NEGATIVE_INFINITY })).stuck).toMatch(/^has never/);
});

test('one whose loop has ended is stuck at once, connected or not', () => {
  expect(look(1, () => ({ isRunning: false, connection: undefined })).stuck).toBe(
    'its loop has ended',
  );
});

test.each<[string, Partial<WorkerFacts>]>([
  ['is paused', { isPaused: true }],
  ['is paused and its loop has ended', { isPaused: true, isRunning: false }],
  ['is closing', { isClosing: true, isRunning: false }],
  ['has no connection', { connection: undefined }],
  ['has all slots busy', { active: 2 }],
  ['is rate limited', { isRateLimited: true }],
  ['is refused by Redis', { isRefused: true }],
])('one that %s is let be', (_why, excuse) => {
  expect(look(50, () => excuse).stuck).toBeUndefined();
});

test('one that fetches now and then is let be, however slowly', () => {
  expect(look(50, (now) => ({ lastFetchAt: now - (now % 25_000) })).stuck).toBeUndefined();
});

test('time in which it had an excuse does not count', () => {
  const pausedUntil = 100_000;
  const paused = (now: number) => ({ isPaused: now < pausedUntil });
  expect(look(26, paused).stuck).toBeUndefined();
  expect(look(28, paused).stuck).toBeDefined();
  const reconnected = (now: number) => ({ connection: now < 20_000 ? 1 : 2 });
  expect(look(10, reconnected).stuck).toBeUndefined();
});

test('waiting is believed as long as a wait can take', () => {
  const waiting = (now: number) => ({ isWaiting: true, lastFetchAt: now - 9_000 });
  expect(look(50, waiting).stuck).toBeUndefined();
  expect(look(50, () => ({ isWaiting: true })).stuck).toBeDefined();
});
