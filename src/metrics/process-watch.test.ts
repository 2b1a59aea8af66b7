import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { EventBus } from '../events.ts';
import { createKeys } from '../keys.ts';
import { Hub } from '../redis/hub.ts';
import { ProcessWatch } from './process-watch.ts';

const bus = (): EventBus => new EventBus();
const hub = {
  isConfigured: true,
  ...{ command: { isReady: true }, wait: { isReady: false }, events: { isReady: false } },
  bulk: undefined,
} as unknown as Hub;

test('a first connection is no reconnect, a later one is, by role', () => {
  const events = bus();
  const watch = new ProcessWatch({ hub, isRedisUp: () => true, bus: events });
  events.announce('connection.ready', { role: 'command', afterMs: 0 });
  expect(watch.redis?.reconnects).toEqual({ command: 0, wait: 0, events: 0, bulk: 0 });
  events.announce('connection.ready', { role: 'command', afterMs: 120 });
  events.announce('connection.ready', { role: 'wait', afterMs: 80 });
  events.announce('connection.ready', { role: 'command', afterMs: 9 });
  expect(watch.redis?.reconnects).toEqual({ command: 2, wait: 1, events: 0, bulk: 0 });
});

test('connections are what can be used at this moment', () => {
  const watch = new ProcessWatch({ hub, isRedisUp: () => false, bus: bus() });
  expect(watch.redis).toMatchObject({
    isUp: false,
    connected: { command: true, wait: false, events: false, bulk: false },
  });
});

test('without a Redis there are no figures of one', () => {
  const none = new Hub({
    ...{ app: 'app', host: 'host', pid: 1, keys: createKeys('coordinator') },
    reconnect: { minDelayMs: 1, maxDelayMs: 1, maxAttempts: 1 },
    ...{ allowEviction: false, announce: () => {} },
  });
  expect(new ProcessWatch({ hub: none, isRedisUp: () => false, bus: bus() }).redis).toBe(undefined);
});

test('a stop is timed while it goes on and kept when it is over', async () => {
  const [events, clock] = [bus(), new FakeClock()];
  const watch = new ProcessWatch({ hub, isRedisUp: () => true, bus: events, clock });
  expect(watch.shutdownSeconds).toBe(undefined);
  events.announce('coordinator.stopping', { deadlineMs: 25_000 });
  await clock.pass(2_500);
  expect(watch.shutdownSeconds).toBe(2.5);
  events.announce('coordinator.stopped', { tookMs: 2_600, unfinished: 0, handedBack: 0 });
  await clock.pass(60_000);
  expect(watch.shutdownSeconds).toBe(2.6);
});
