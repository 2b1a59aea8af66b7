/** Putting large payloads away before an add: bounded by the queue's policy, and nothing to wait for when there is nothing large. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import type { WhenDown } from '../config/options.ts';
import { CoordinatorError } from '../errors.ts';
import { whenConnected } from './offloading.ts';
import { StoreOutage } from './store-outage.ts';

function setUp(whenDown: WhenDown) {
  const clock = new FakeClock();
  const told: string[] = [];
  const command = { isReady: true, client: Promise.resolve() };
  const gate = { timeoutMs: 1_000, run: (..._: unknown[]) => Promise.resolve() };
  const outage = new StoreOutage((name) => void told.push(name), 'q', clock);
  const context = { whenDown, hub: { command }, gate } as never;
  return { clock, told, command, gate, options: { context, outage, clock } };
}

const down = (): never => {
  throw new CoordinatorError('BODY_STORE_UNAVAILABLE', 'down');
};

describe('before an add', () => {
  it('what is not large is there in the same turn', () => {
    expect(whenConnected(setUp('fail').options, () => 'text')).toBe('text');
  });

  it('waits for a connection first, so that no body is written without one', async () => {
    const { command, gate, options } = setUp('fail');
    command.isReady = false;
    let connect = (): void => {};
    gate.run = () => new Promise<void>((resolve) => (connect = resolve));
    let calls = 0;
    const stored = whenConnected(options, () => `pointer ${++calls}`);
    expect(calls).toBe(0);
    connect();
    expect(await stored).toBe('pointer 1');
  });

  it('counts the wait for a connection into the time of an add', async () => {
    const { clock, command, gate, options } = setUp('fail');
    command.isReady = false;
    let connect = (): void => {};
    gate.run = () => new Promise<void>((resolve) => (connect = resolve));
    const stored = whenConnected(options, () => new Promise<string>(() => {})) as Promise<string>;
    const failed = stored.catch(() => clock.monotonic());
    await clock.pass(900);
    command.isReady = true;
    connect();
    await clock.pass(2_000);
    expect(await failed).toBe(1_000);
  });

  it('tries again while the store is away, and fails when the time of an add is over', async () => {
    const { clock, told, options } = setUp('fail');
    let tries = 0;
    const failed = Promise.resolve(
      whenConnected(options, () => {
        tries += 1;
        return down();
      }),
    ).catch((error: CoordinatorError) => [error.code, clock.monotonic()] as const);
    await clock.pass(1_000);
    const [code, at] = (await failed) as [string, number];
    expect(code).toBe('BODY_STORE_UNAVAILABLE');
    expect(at).toBeLessThanOrEqual(1_000);
    expect(tries).toBeGreaterThan(2);
    expect(told).toEqual(['payload.held']);
  });

  it('gives up a store that never answers', async () => {
    const { clock, options } = setUp('fail');
    const stored = whenConnected(options, () => new Promise<string>(() => {})) as Promise<string>;
    const failed = stored.catch((error: CoordinatorError) => error.code);
    await clock.pass(1_000);
    expect(await failed).toBe('BODY_STORE_UNAVAILABLE');
  });

  it('waits for as long as it takes with `wait`, and says when it is over', async () => {
    const { clock, told, options } = setUp('wait');
    let isUp = false;
    const stored = whenConnected(options, () => (isUp ? Promise.resolve('pointer') : down()));
    await clock.pass(60_000);
    isUp = true;
    await clock.pass(2_000);
    expect(await stored).toBe('pointer');
    expect(told).toEqual(['payload.held', 'payload.resumed']);
  });

  it('ends with the coordinator, although it would wait for ever', async () => {
    const { clock, command, gate, options } = setUp('wait');
    const stored = Promise.resolve(whenConnected<string>(options, down)).catch(
      (error: Error) => error.message,
    );
    await clock.pass(100);
    command.isReady = false;
    gate.run = () => Promise.reject(new Error('stopped'));
    await clock.pass(5_000);
    expect(await stored).toBe('stopped');
  });

  it('what trying again cannot mend is thrown at once', async () => {
    const { options } = setUp('wait');
    const stored = whenConnected(options, () => Promise.reject(new Error('no such queue')));
    await expect(stored).rejects.toThrow('no such queue');
  });
});
