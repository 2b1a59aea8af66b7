import type { Job } from 'bullmq';
import { defineQueue } from 'drover';
import { type JobIn, OnJob, QueueConsumer } from 'drover/nestjs';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

const images = defineQueue('images', {
  jobs: {
    variants: z.object({ id: z.string(), widths: z.array(z.number()).default([320]) }),
    remove: z.object({ id: z.string() }),
  },
  result: z.object({ bytes: z.number() }),
});

test('a method gets the data that the schema of its job returns', () => {
  @QueueConsumer(images)
  class Images {
    @OnJob('variants')
    variants(job: JobIn<typeof images, 'variants'>): number {
      expectTypeOf(job.data).toEqualTypeOf<{ id: string; widths: number[] }>();
      return job.data.widths.length;
    }
  }
  const job = { data: { id: 'a', widths: [1, 2] } } as JobIn<typeof images, 'variants'>;
  expect(new Images().variants(job)).toBe(2);
});

test('without a name it is any job of the queue, told by its name', () => {
  const widthsOf = (job: JobIn<typeof images>): number[] => {
    if (job.name === 'variants') return job.data.widths;
    expectTypeOf(job.data).toEqualTypeOf<{ id: string }>();
    return [];
  };
  expect(widthsOf({ name: 'remove', data: { id: 'a' } } as JobIn<typeof images, 'remove'>)).toEqual(
    [],
  );
});

test('a queue without names of jobs has one type for all of them', () => {
  const _mails = defineQueue('mails', { data: z.object({ to: z.string() }) });
  expectTypeOf<JobIn<typeof _mails, 'welcome'>>().toEqualTypeOf<
    Job<{ to: string }, unknown, 'welcome'>
  >();
  // @ts-expect-error images has no such job
  type _Unknown = JobIn<typeof images, 'enlarge'>;
  expect(_mails.name).toBe('mails');
});
