import { expect, test } from 'vitest';
import { EventBus, Repetition } from './events.ts';

test('a listener that throws harms neither the announcer nor other listeners', () => {
  const bus = new EventBus();
  const heard: string[] = [];
  bus.on('connection.closed', () => {
    throw new Error('broken listener');
  });
  bus.on('connection.closed', ({ role }) => heard.push(role));
  bus.announce('connection.closed', { role: 'wait' });
  expect(heard).toEqual(['wait']);
});

test('a listener that was ended hears nothing any more', () => {
  const bus = new EventBus();
  const heard: string[] = [];
  const end = bus.on('connection.closed', ({ role }) => heard.push(role));
  end();
  bus.announce('connection.closed', { role: 'wait' });
  expect(heard).toEqual([]);
});

test('the same message in a row is counted, another one starts anew', () => {
  const errors = new Repetition();
  expect(['a', 'a', 'b', 'a'].map((message) => errors.count(message))).toEqual([1, 2, 1, 1]);
});
