/** Pages of queues: whatever comes and goes between two of them, no other queue is missed or told twice. */
import { expect, test } from 'vitest';
import { cutPage } from './queue-page.ts';
import type { QueueRow } from './queue-views.ts';
import type { QueueSort } from './queue-wishes.ts';

const NOW = 1_764_000_000_000;

function row(queue: string, figures: { waiting?: number; oldest?: number | null }): QueueRow {
  const { waiting = 0, oldest = null } = figures;
  return {
    ...{ queue, prefix: 'bull', name: queue, counts: { waiting, prioritized: 0, failed: 0 } },
    ...{ isPaused: false, pausedBy: null, pausedFor: null, pausedAt: null },
    ...{ oldestWaitingMs: oldest, workers: null, workersFrom: 'absent', bullVersion: null },
  };
}

function page(rows: QueueRow[], sort: QueueSort, cursor?: string, now = NOW) {
  const cut = cutPage(rows, { sort, limit: 2, cursor, now });
  return { names: cut.rows.map(({ queue }) => queue), next: cut.next ?? undefined };
}

test('the highest comes first, and names decide between equals', () => {
  const rows = [row('b', { waiting: 5 }), row('a', { waiting: 5 }), row('c', { waiting: 9 })];
  const first = page(rows, 'waiting');
  expect(first.names).toEqual(['c', 'a']);
  expect(page(rows, 'waiting', first.next)).toEqual({ names: ['b'], next: undefined });
});

test('a queue that goes between two pages moves no other one', () => {
  const rows = [1, 2, 3, 4].map((i) => row(`q${i}`, { waiting: i }));
  const { next } = page(rows, 'waiting');
  const left = rows.filter(({ queue }) => queue !== 'q3');
  expect(page(left, 'waiting', next).names).toEqual(['q2', 'q1']);
});

test('ages that grow between two pages hide no queue; where nothing waits comes last', () => {
  const at = (laterMs: number) => [
    row('new', { oldest: 1_000 + laterMs }),
    row('old', { oldest: 60_000 + laterMs }),
    row('nearly', { oldest: 58_000 + laterMs }),
    row('older', { oldest: 90_000 + laterMs }),
    row('empty', {}),
  ];
  const first = page(at(0), 'oldest');
  expect(first.names).toEqual(['older', 'old']);
  const second = page(at(5_000), 'oldest', first.next, NOW + 5_000);
  expect(second.names).toEqual(['nearly', 'new']);
  expect(page(at(9_000), 'oldest', second.next, NOW + 9_000).names).toEqual(['empty']);
});

test('a cursor that no page has given is refused', () => {
  for (const cursor of ['', 'x', btoa('[1]'), btoa('["1","a"]'), btoa('{"0":1,"1":"a"}'), 'null'])
    expect(() => page([], 'waiting', cursor), cursor).toThrow('/cursor');
});
