import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { abortable, orAborted, sleep, withDeadline } from './wait.ts';

test('a sleep ends with its time or with its signal, and says which', async () => {
  const clock = new FakeClock();
  const whole = sleep(1_000, { clock });
  const abort = new AbortController();
  const cut = sleep(1_000, { clock, signal: abort.signal });
  abort.abort();
  expect(await cut).toBe('aborted');
  await clock.pass(1_000);
  expect(await whole).toBe('elapsed');
  expect(await sleep(1_000, { clock, signal: abort.signal })).toBe('aborted');
});

test('work within the deadline gives its value or its error', async () => {
  const clock = new FakeClock();
  expect(await withDeadline(Promise.resolve(7), 100, clock)).toEqual({ settled: true, value: 7 });
  await expect(withDeadline(Promise.reject(new Error('no')), 100, clock)).rejects.toThrow('no');
});

test('work beyond the deadline is left alone, and its later error hurts nobody', async () => {
  const clock = new FakeClock();
  let fail!: (error: Error) => void;
  const work = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const waited = withDeadline(work, 100, clock);
  await clock.pass(100);
  expect(await waited).toEqual({ settled: false });
  fail(new Error('late'));
});

test("what becomes of work after its signal has aborted is nobody's error", async () => {
  const controller = new AbortController();
  controller.abort();
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  const waited = await orAborted(Promise.reject(new Error('late')), controller.signal);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect([waited, unhandled]).toEqual(['aborted', []]);
});

test('waiting ends when the signal aborts, and leaves nothing on it', async () => {
  const controller = new AbortController();
  const waiting = orAborted(new Promise(() => {}), controller.signal);
  controller.abort();
  expect(await waiting).toBe('aborted');
  expect(await orAborted(Promise.resolve('late'), controller.signal)).toBe('aborted');
  expect(await orAborted(Promise.resolve('work'), new AbortController().signal)).toBe('work');
  await expect(
    orAborted(Promise.reject(new Error('no')), new AbortController().signal),
  ).rejects.toThrow('no');
});

test('work that may be aborted gives its value, its error, or the reason of the abort', async () => {
  const controller = new AbortController();
  expect(await abortable(Promise.resolve('aborted'), controller.signal)).toBe('aborted');
  await expect(abortable(Promise.reject(new Error('no')), controller.signal)).rejects.toThrow('no');
  const waiting = abortable(new Promise(() => {}), controller.signal);
  controller.abort(new Error('too late'));
  await expect(waiting).rejects.toThrow('too late');
});
