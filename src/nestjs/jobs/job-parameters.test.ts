import 'reflect-metadata';
import {
  type ArgumentMetadata,
  BadRequestException,
  Body,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  ParseIntPipe,
  ParseUUIDPipe,
  type PipeTransform,
  Query,
  Scope,
  UsePipes,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { Job } from 'bullmq';
import { expect, test } from 'vitest';
import { createConsumers } from '../../../test/support/nest-consumer.ts';
import type { Logger } from '../../config/options.ts';
import { JobData, JobLogger, JobRef, JobSignal, JobToken } from './job-parameters.ts';

const UUID = 'a3bb189e-8bf9-4c21-9bb5-5f1e2a6f7c10';

/** Tells what it was asked about. */
class Telling implements PipeTransform {
  transform(value: unknown, about: ArgumentMetadata): unknown {
    return { value, ...about };
  }
}

test('data, a field of it, the job, its token and its logger, in any order', async () => {
  @Injectable()
  class Photos {
    async process(
      @JobLogger() logger: Logger,
      @JobToken() token: string,
      @JobData('photoId') photoId: string,
      @JobData() data: unknown,
      @JobRef() job: Job,
    ) {
      logger.info({ photoId }, 'seen');
      return [token, photoId, data, job];
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  const { result, job, lines, running } = run({ photoId: 7 });
  expect(await result).toEqual(['token-1', 7, { photoId: 7 }, job]);
  expect(lines).toEqual([[expect.objectContaining({ jobId: '1', photoId: 7 }), 'seen']]);
  expect(running.hasLooked).toBe(false);
  for (const nothing of [undefined, null, 'text'])
    expect(await run(nothing).result).toEqual([
      expect.anything(),
      undefined,
      nothing,
      expect.anything(),
    ]);
});

test('what has no decorator gets what BullMQ has at its place', async () => {
  @Injectable()
  class Photos {
    async second(job: Job, @JobSignal() signal: AbortSignal) {
      return [job, signal];
    }
    async third(_job: Job, token: string, @JobSignal() signal: AbortSignal) {
      return [token, signal];
    }
    async data(@JobData() data: unknown, token: string, signal: AbortSignal) {
      return [data, token, signal];
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  const second = run({}, { method: 'second' });
  expect(await second.result).toEqual([second.job, expect.any(AbortSignal)]);
  expect(second.running.hasLooked).toBe(true);
  expect(await run({}, { method: 'third' }).result).toEqual(['token-2', expect.any(AbortSignal)]);
  const data = run(5, { method: 'data' });
  expect(await data.result).toEqual([5, 'token-3', expect.any(AbortSignal)]);
});

test('a request-scoped consumer has its parameters, too', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class Photos {
    readonly #job: Job;
    constructor(@Inject(REQUEST) job: Job) {
      this.#job = job;
    }
    async process(@JobData('photoId', ParseIntPipe) photoId: number, @JobRef() job: Job) {
      return [photoId, job === this.#job];
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  expect(await run({ photoId: '7' }).result).toEqual([7, true]);
});

test('pipes of a parameter run after those of its method and class, with what they may know', async () => {
  const append = (text: string): PipeTransform => ({ transform: (value) => `${value}${text}` });
  @Injectable()
  @UsePipes(append('c'))
  class Photos {
    @UsePipes(append('m'))
    async process(@JobData('name', append('p'), Telling) told: unknown) {
      return told;
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  expect(await run({ name: '' }).result).toEqual({ value: 'cmp', type: 'body', data: 'name' });
});

test('pipes of a method are for data, never for the job, its signal or its logger', async () => {
  @Injectable()
  @UsePipes({ transform: () => 'piped' })
  class Photos {
    async process(
      @JobRef() job: Job,
      @JobToken() token: string,
      @JobData() data: unknown,
      @JobLogger() logger: Logger,
    ) {
      return [job, token, data, typeof logger];
    }
    async bare(job: Job) {
      return job;
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  const piped = run();
  expect(await piped.result).toEqual([piped.job, 'token-1', 'piped', 'object']);
  const bare = run({}, { method: 'bare' });
  expect(await bare.result).toBe(bare.job);
});

test('a pipe that throws fails the job with its message', async () => {
  let calls = 0;
  @Injectable()
  class Photos {
    async process(@JobData('photoId', ParseUUIDPipe) photoId: string) {
      calls += 1;
      return photoId;
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  expect(await run({ photoId: UUID }).result).toBe(UUID);
  const refused = run({ photoId: 'cat.jpg' }).result;
  await expect(refused).rejects.toThrow('Validation failed (uuid is expected)');
  await expect(refused).rejects.toBeInstanceOf(BadRequestException);
  expect(calls).toBe(1);
});

test('what a validation pipe finds is in the reason of the failure', async () => {
  const thrown = new BadRequestException(['photoId must be a UUID', 'width must be positive']);
  @Injectable()
  @UsePipes({
    transform: () => {
      throw thrown;
    },
  })
  class Photos {
    async process(@JobData() data: unknown) {
      return data;
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  for (const once of [run(), run()]) await expect(once.result).rejects.toBe(thrown);
  expect(thrown.message).toBe(
    'Bad Request Exception: photoId must be a UUID, width must be positive',
  );
});

test('pipes are made by Nest with what they are injected with', async () => {
  @Injectable()
  class Doubling implements PipeTransform {
    readonly #factor: number;
    constructor(@Inject('factor') factor: number) {
      this.#factor = factor;
    }
    transform(value: number): number {
      return value * this.#factor;
    }
  }
  class Photos {
    async process(@JobData(Doubling) width: number) {
      return width;
    }
  }
  for (const how of [{ useClass: Photos }, { useValue: new Photos() }]) {
    const factor = { provide: 'factor', useValue: 2 };
    const photos = { provide: 'photos', ...how };
    const { run } = await createConsumers('photos', { providers: [factor, photos] });
    expect(await run(4).result).toBe(8);
  }
});

test("users' own decorators work, with data and pipes, also asynchronous ones", async () => {
  const FromData = createParamDecorator(
    async (field: string, context: ExecutionContext) => context.getArgByIndex(0).data[field],
  );
  @Injectable()
  class Photos {
    async process(
      @FromData('width', ParseIntPipe) width: number,
      @FromData('name', Telling) name: unknown,
    ) {
      return [width, name];
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  expect(await run({ width: '4', name: 'cat' }).result).toEqual([
    ...[4, { value: 'cat', type: 'custom', data: 'name' }],
  ]);
});

test("of Nest's own for requests, the body is the data and the others are nothing", async () => {
  @Injectable()
  class Photos {
    async process(@Body() body: unknown, @Query() query: unknown) {
      return [body, query];
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  expect(await run('data').result).toEqual(['data', undefined]);
});

test('a method that overrides another one has its own decorators', async () => {
  @Injectable()
  class Base {
    async process(
      @JobData('width', ParseIntPipe) first: unknown,
      second?: unknown,
    ): Promise<unknown> {
      return [first, second];
    }
  }
  @Injectable()
  class Photos extends Base {
    override async process(@JobToken() first: unknown, @JobData('name') second: unknown) {
      return [first, second];
    }
  }
  @Injectable()
  class Inheriting extends Base {}
  const { run } = await createConsumers(Photos, { providers: [Base, Photos, Inheriting] });
  const data = { width: 4 };
  expect(await run({ name: 'cat' }).result).toEqual(['token-1', 'cat']);
  expect(await run(data, { by: Base }).result).toEqual([4, 'token-2']);
  expect(await run(data, { by: Inheriting }).result).toEqual([4, 'token-3']);
});
