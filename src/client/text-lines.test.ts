/** Lines of an answer, as they come. */
import { expect, test } from 'vitest';
import { textLines } from './text-lines.ts';

test('an answer in which nothing comes any more is taken for lost, and is ended', async () => {
  let isEnded = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('one\n')),
    cancel() {
      isEnded = true;
    },
  });
  const lines = textLines(body, 5);
  expect(await lines.next()).toEqual({ done: false, value: 'one' });
  await expect(lines.next()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable: true });
  expect(isEnded).toBe(true);
});
