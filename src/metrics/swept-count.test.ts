import { expect, test } from 'vitest';
import { EventBus } from '../events.ts';
import { SweptCount } from './swept-count.ts';

test('what is swept is added up by queue and kind, and what is never swept is left out', () => {
  const bus = new EventBus();
  const count = new SweptCount(bus);
  const none = { progress: 0, events: 0, freedBytes: 100 };
  bus.announce('retention.swept', { queue: 'mails', completed: 3, failed: 0, ...none });
  bus.announce('retention.swept', { queue: 'mails', completed: 4, failed: 1, ...none });
  bus.announce('bodies.swept', { store: 'files', queue: 'mails', bodies: 2, bytes: 900 });
  bus.announce('bodies.swept', { store: 's3', queue: 'mails', bodies: 5, bytes: 900 });
  expect(count.all).toEqual([
    { queue: 'mails', kind: 'completed', count: 7 },
    { queue: 'mails', kind: 'failed', count: 1 },
    { queue: 'mails', kind: 'bodies', count: 7 },
  ]);
});
