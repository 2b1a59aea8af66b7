import { type } from 'arktype';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineQueue, type QueueDefinition } from './define-queue.ts';
import { parseJobData, parseResult } from './parse-data.ts';

const shapes = [
  ['zod', z.object({ size: z.object({ width: z.number() }) })],
  ['valibot', v.object({ size: v.object({ width: v.number() }) })],
  ['arktype', type({ size: { width: 'number' } })],
] as const;

test.each(shapes)(
  '%s: good data passes and bad data is refused by its path',
  async (_name, data) => {
    const queue = defineQueue('thumbnails', { data }) as QueueDefinition;
    const good = { size: { width: 3 } };
    expect(await parseJobData(queue, 'any', good)).toEqual(good);
    const bad = parseJobData(queue, 'any', { size: { width: 'wide' } });
    await expect(bad).rejects.toMatchObject({ code: 'DATA_INVALID', retryable: false });
    await expect(bad).rejects.toThrow('data.size.width');
  },
);

test('a job name that is not defined is refused, with the one that was meant', async () => {
  const queue = defineQueue('q', {
    jobs: { inspect: z.any(), resize: z.any() },
  }) as QueueDefinition;
  await expect(parseJobData(queue, 'inspct', {})).rejects.toThrow('did you mean "inspect"?');
  await expect(parseJobData(queue, 'toString', {})).rejects.toThrow('has inspect, resize');
});

test('what the schema makes of the data is what is added', async () => {
  const queue = defineQueue('q', { data: z.object({ n: z.coerce.number().default(7) }) });
  expect(await parseJobData(queue as QueueDefinition, 'a', {})).toEqual({ n: 7 });
});

test('the value itself is not shown, since it may be private', async () => {
  const queue = defineQueue('q', { data: z.object({ phone: z.number() }) }) as QueueDefinition;
  await expect(parseJobData(queue, 'a', { phone: '+49 151 234' })).rejects.toThrow(/^(?!.*151)/);
});

test('secret values are hidden in what a schema says of them, in data and in results', async () => {
  const schema = v.object({ card: v.object({ number: v.number() }), size: v.number() });
  const payload = { redact: ['card.number'] };
  const queue = defineQueue('q', { data: schema, result: schema, payload }) as QueueDefinition;
  const bad = { card: { number: '4111 2222' }, size: 'wide' };
  for (const parsed of [parseJobData(queue, 'a', bad), parseResult(queue, bad)]) {
    await expect(parsed).rejects.toThrow(/card.number: .*<hidden>.*wide/s);
    await expect(parsed).rejects.toThrow(/^(?!.*4111)/s);
  }
});

test('results are checked like data', async () => {
  const queue = defineQueue('q', { result: z.object({ ok: z.boolean() }) }) as QueueDefinition;
  await expect(parseResult(queue, { ok: 'yes' })).rejects.toThrow('result.ok');
});
