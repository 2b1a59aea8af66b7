/** The overview of a tab: a stream that is silent, refused or tells that all is gone. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { CoordinatorError } from '../../../src/errors.ts';
import type { LiveEvent, OverviewRow } from '../../../src/operations/views.ts';
import { LiveStore } from './live-store.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** An overview of some queues. */
function overviewOf(...queues: string[]): LiveEvent {
  const data = {
    ...{ redis: 'healthy', takenAt: 1, ageMs: 0, totals: {}, processes: null, uncounted: [] },
    ...{ oldestRowAt: null, isComplete: true, problem: null },
    queues: queues.map((queue) => ({ queue }) as OverviewRow),
  };
  return { id: '1', event: 'overview', text: '', data } as LiveEvent;
}

/** A store of a server whose stream is `watch` and whose Redis is as `health` says. */
function open(watch: () => AsyncGenerator<LiveEvent>, health = () => 'healthy') {
  const calls: string[] = [];
  const call = async (name: string): Promise<unknown> => {
    calls.push(name);
    return name === 'overview.watch' ? watch() : { status: health() };
  };
  const refusals: string[] = [];
  const live = new LiveStore({ call } as Client, (reason) => refusals.push(reason));
  const close = live.open();
  return { live, close, refusals, calls };
}

const never = (): Promise<never> => new Promise(() => {});

test('a stream that is silent while Redis is healthy is lost, although the server answers', async () => {
  const { live, close } = open(async function* () {
    yield overviewOf('mails');
    await never();
  });
  await vi.advanceTimersByTimeAsync(9_000);
  expect(live.state.phase).toBe('live');
  await vi.advanceTimersByTimeAsync(9_000);
  expect(live.state.phase).toBe('lost');
  close();
});

test('while Redis is away silence is nothing, and it is counted anew from when Redis is back', async () => {
  let redis = 'unhealthy';
  const { live, close } = open(
    async function* () {
      yield overviewOf('mails');
      await never();
    },
    () => redis,
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(live.state).toMatchObject({ phase: 'live', redis: 'unhealthy' });
  redis = 'healthy';
  await vi.advanceTimersByTimeAsync(6_000);
  expect(live.state).toMatchObject({ phase: 'live', redis: 'healthy' });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(live.state.phase).toBe('lost');
  close();
});

test('a refused stream says why, once, and is not asked for again', async () => {
  // biome-ignore lint/correctness/useYield: it fails before it can
  const { close, refusals, calls } = open(async function* () {
    throw new CoordinatorError('NOT_AUTHENTICATED', 'revoked');
  });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(refusals).toEqual(['revoked']);
  expect(calls.filter((name) => name === 'overview.watch')).toHaveLength(1);
  close();
});

test('a stream that ends because the token was revoked is refused as well', async () => {
  const { close, refusals } = open(async function* () {
    yield overviewOf('mails');
    const data = { code: 'NOT_AUTHENTICATED', detail: 'revoked' };
    yield { id: '', event: 'ended', text: '', data };
  });
  await vi.advanceTimersByTimeAsync(10);
  expect(refusals).toEqual(['revoked']);
  close();
});

test('an overview without queues leaves none, and tells those who follow them', async () => {
  const told = vi.fn();
  const { live, close } = open(async function* () {
    yield overviewOf('mails', 'reports');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    yield overviewOf();
    await never();
  });
  live.onChange('mails', 10, told);
  await vi.advanceTimersByTimeAsync(500);
  expect(live.rows).toHaveLength(2);
  told.mockClear();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(live.rows).toEqual([]);
  expect(told).toHaveBeenCalledTimes(1);
  close();
});
