/** Events as they are sent, and the comment that keeps a quiet stream open. */
import { expect, test } from 'vitest';
import { createDeferred } from '../base/deferred.ts';
import { CoordinatorError } from '../errors.ts';
import type { LiveEvent } from '../operations/live/live-views.ts';
import { endedChunk, eventChunks } from './event-stream.ts';

const EVENT = { id: 'run-1', event: 'lag', data: { missed: 1 }, text: '{"missed":1}' } as LiveEvent;

test('a stream that is quiet says so again and again, and loses no event by it', async () => {
  const coming = createDeferred<IteratorResult<LiveEvent>>();
  let asked = 0;
  const source = {
    next: () => {
      asked += 1;
      return asked === 1
        ? coming.promise
        : Promise.resolve({ done: true as const, value: undefined });
    },
  };
  const next = eventChunks(1);
  for (let i = 0; i < 3; i += 1) expect(await next(source)).toBe(': still here\n\n');
  coming.resolve({ done: false, value: EVENT });
  expect(await next(source)).toBe('id: run-1\nevent: lag\ndata: {"missed":1}\n\n');
  expect(await next(source)).toBeNull();
  expect(asked).toBe(2);
});

test('the event that ends a stream has no id, so that a client comes back to where it was', () => {
  const chunk = endedChunk(new CoordinatorError('NOT_AUTHENTICATED', 'revoked'));
  expect(chunk).toBe('event: ended\ndata: {"code":"NOT_AUTHENTICATED","detail":"revoked"}\n\n');
});

test('an id with line breaks in it forges no event', async () => {
  const forged = { ...EVENT, id: 'a\r\nevent: x', event: 'b\ndata: y' } as unknown as LiveEvent;
  const source = { next: async () => ({ done: false as const, value: forged }) };
  expect((await eventChunks()(source))!.split('\n').filter(Boolean)).toHaveLength(3);
});
