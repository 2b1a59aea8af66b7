import 'reflect-metadata';
import {
  type ArgumentsHost,
  BadGatewayException,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  ContextIdFactory,
  type ContextIdStrategy,
  REQUEST,
  Reflector,
} from '@nestjs/core';
import {
  DelayedError,
  type Job,
  RateLimitError,
  UnrecoverableError,
  WaitingChildrenError,
  WaitingError,
} from 'bullmq';
import { catchError, EMPTY, map, type Observable, of, tap, throwError } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createConsumers } from '../../../test/support/nest-consumer.ts';
import { createDeferred } from '../../base/deferred.ts';
import { CoordinatorError } from '../../errors.ts';
import { JobData } from './job-parameters.ts';

@Injectable()
class Names {
  readonly allowed = ['ada'];
}

/** Lets through the jobs of those that are named by what it is injected with. */
@Injectable()
class Allowed implements CanActivate {
  readonly #names: Names;
  constructor(@Inject(Names) names: Names) {
    this.#names = names;
  }
  canActivate(context: ExecutionContext): boolean {
    return this.#names.allowed.includes(context.getArgByIndex<Job>(0).data.owner);
  }
}

@Injectable()
class InCapitals implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((result) => String(result).toUpperCase()));
  }
}

@Catch(RangeError)
class ZeroForRange implements ExceptionFilter {
  catch(): number {
    return 0;
  }
}

@Catch()
class Everything implements ExceptionFilter {
  catch(): string {
    return 'caught';
  }
}

const seen = async (run: Promise<unknown>): Promise<unknown> => run.catch((error) => error);

describe('guards', () => {
  test('of a class, as a class with what it is injected with', async () => {
    @Injectable()
    @UseGuards(Allowed)
    class Photos {
      async process() {
        return 'done';
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Names, Photos] });
    expect(await run({ owner: 'ada' }).result).toBe('done');
    const refused = (await seen(run({ owner: 'bob' }).result)) as Error;
    expect(refused).toBeInstanceOf(UnrecoverableError);
    expect(refused.message).toBe('Allowed refuses the job for Photos#process');
    expect(refused.cause).toBeInstanceOf(ForbiddenException);
  });

  test('of a method, as an object, by a promise or an Observable', async () => {
    let calls = 0;
    @Injectable()
    class Photos {
      @UseGuards({ canActivate: async () => false })
      async never() {
        calls += 1;
      }
      @UseGuards({ canActivate: () => of(true) }, { canActivate: () => of(true, false) })
      async last() {
        calls += 1;
      }
      async free() {
        return 'free';
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    for (const method of ['never', 'last'])
      await expect(run({}, { method }).result).rejects.toThrow(
        `refuses the job for Photos#${method}`,
      );
    expect(calls).toBe(0);
    expect(await run({}, { method: 'free' }).result).toBe('free');
  });

  test('know the type, the class, the method and its metadata', async () => {
    const known: unknown[] = [];
    @Injectable()
    class Knowing implements CanActivate {
      readonly #reflector: Reflector;
      constructor(@Inject(Reflector) reflector: Reflector) {
        this.#reflector = reflector;
      }
      canActivate(context: ExecutionContext): boolean {
        known.push(context.getType(), context.getClass(), context.getArgByIndex(1));
        known.push(this.#reflector.get('role', context.getHandler()));
        known.push(context.getArgByIndex(3).token, context.getArgByIndex(2));
        return true;
      }
    }
    @Injectable()
    @UseGuards(Knowing)
    class Photos {
      @SetMetadata('role', 'editor')
      async process() {}
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    const ran = run();
    await ran.result;
    expect(known).toEqual(['job', Photos, 'token-1', 'editor', 'token-1', undefined]);
    expect(ran.running.hasLooked).toBe(false);
  });

  test('that throw fail the job with what they throw', async () => {
    const broken = new Error('the names cannot be read');
    @Injectable()
    class Photos {
      @UseGuards({
        canActivate: () => {
          throw broken;
        },
      })
      async process() {}
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    await expect(run().result).rejects.toBe(broken);
  });

  test('are found for consumers that a factory makes or that are given as values', async () => {
    @UseGuards(Allowed)
    class Photos {
      async process() {
        return 'done';
      }
    }
    const providers = [
      { provide: 'photos', useValue: new Photos() },
      { provide: 'photos', useFactory: () => new Photos() },
      { provide: 'photos', scope: Scope.REQUEST, useFactory: () => new Photos() },
      { provide: 'photos', useClass: Photos },
    ];
    for (const provider of providers) {
      const { run } = await createConsumers('photos', { providers: [Names, provider] });
      expect(await run({ owner: 'ada' }).result).toBe('done');
      await expect(run({ owner: 'bob' }).result).rejects.toThrow('Allowed refuses');
    }
  });

  test('of a scope of their own are made for each job, and for each consumer', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class ByJob implements CanActivate {
      readonly #job: Job;
      constructor(@Inject(REQUEST) job: Job) {
        this.#job = job;
      }
      canActivate(): boolean {
        return this.#job.data.owner === 'ada';
      }
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient implements CanActivate {
      readonly #names: Names;
      constructor(@Inject(Names) names: Names) {
        this.#names = names;
      }
      canActivate(context: ExecutionContext): boolean {
        return this.#names.allowed.includes(context.getArgByIndex<Job>(0).data.owner);
      }
    }
    for (const guard of [ByJob, Transient]) {
      @Injectable()
      @UseGuards(guard)
      class Photos {
        async process() {
          return 'done';
        }
      }
      const { run } = await createConsumers(Photos, { providers: [Names, Photos] });
      expect(await run({ owner: 'ada' }).result).toBe('done');
      await expect(run({ owner: 'bob' }).result).rejects.toThrow('refuses');
    }
    @UseGuards(Transient)
    class Photos {
      async process() {
        return 'done';
      }
    }
    // Nest knows the guard, and has made it for the other one only.
    const { run } = await createConsumers('value', {
      providers: [Names, Photos, { provide: 'value', useValue: new Photos() }],
    });
    expect(await run({ owner: 'ada' }).result).toBe('done');
    await expect(run({ owner: 'bob' }).result).rejects.toThrow('refuses');
  });

  test('that look at the request cannot be made for a value, and then refuse its jobs', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class ByJob implements CanActivate {
      readonly #job: Job;
      constructor(@Inject(REQUEST) job: Job) {
        this.#job = job;
      }
      canActivate(): boolean {
        return this.#job.data.owner === 'ada';
      }
    }
    let calls = 0;
    @UseGuards(ByJob)
    class Photos {
      async process() {
        calls += 1;
      }
    }
    const value = { provide: 'value', useValue: new Photos() };
    for (const others of [[], [Photos]]) {
      const { run } = await createConsumers('value', { providers: [value, ...others] });
      await expect(run({ owner: 'ada' }).result).rejects.toThrow('ByJob');
    }
    expect(calls).toBe(0);
  });

  test('that are durable are shared by the jobs of one tenant', async () => {
    const made: string[] = [];
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class OfTenant implements CanActivate {
      constructor(@Inject(REQUEST) { tenant }: { tenant: string }) {
        made.push(tenant);
      }
      canActivate(): boolean {
        return true;
      }
    }
    @Injectable()
    @UseGuards(OfTenant)
    class Photos {
      async process() {
        return 'done';
      }
    }
    const tenants = new Map(['ada', 'bob'].map((name) => [name, ContextIdFactory.create()]));
    ContextIdFactory.apply({
      attach: (contextId, { data: { tenant } }: Job) => ({
        payload: { tenant },
        resolve: ({ isTreeDurable }) => (isTreeDurable ? tenants.get(tenant)! : contextId),
      }),
    });
    onTestFinished(() => ContextIdFactory.apply(undefined as unknown as ContextIdStrategy));
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    for (const tenant of ['ada', 'ada', 'bob']) expect(await run({ tenant }).result).toBe('done');
    expect(made).toEqual(['ada', 'bob']);
  });

  test('can be replaced in tests', async () => {
    @Injectable()
    @UseGuards(Allowed)
    class Photos {
      async process() {
        return 'done';
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Names, Photos] }, (builder) =>
      builder.overrideGuard(Allowed).useValue({ canActivate: () => true }),
    );
    expect(await run({ owner: 'bob' }).result).toBe('done');
  });

  test('that cannot be made fail the job, and are made again for the next', async () => {
    let isBroken = true;
    @Injectable()
    class Fragile implements CanActivate {
      constructor() {
        if (isBroken) throw new Error('no names');
      }
      canActivate(): boolean {
        return true;
      }
    }
    @UseGuards(Fragile)
    class Photos {
      async process() {
        return 'done';
      }
    }
    const providers = [{ provide: 'value', useValue: new Photos() }];
    const { run } = await createConsumers('value', { providers });
    await expect(run().result).rejects.toThrow('no names');
    isBroken = false;
    expect(await run().result).toBe('done');
  });

  test('of a class in two modules are those of its module', async () => {
    @Injectable()
    @UseGuards(Allowed)
    class Photos {
      async process() {
        return 'done';
      }
    }
    @Module({ providers: [Photos, Names] })
    class ForAda {}
    @Module({ providers: [Photos, { provide: Names, useValue: { allowed: ['bob'] } }] })
    class ForBob {}
    const { run } = await createConsumers(Photos, { imports: [ForAda, ForBob] });
    const asks = (owner: string, inModule: string) => seen(run({ owner }, { inModule }).result);
    expect(await asks('ada', 'ForAda')).toBe('done');
    expect(await asks('bob', 'ForBob')).toBe('done');
    expect(await asks('ada', 'ForBob')).toBeInstanceOf(UnrecoverableError);
  });
});

test('what an application applies to all requests does not concern jobs', async () => {
  const refuse = { canActivate: () => false, transform: () => 'piped', catch: () => 'caught' };
  const intercept = { intercept: () => of('intercepted') };
  @Injectable()
  class Photos {
    async process() {
      return 'bare';
    }
    @UseGuards({ canActivate: () => true })
    async guarded(@JobData('owner') owner: string) {
      if (owner === 'bob') throw new Error('no bob');
      return owner;
    }
  }
  const { run } = await createConsumers(Photos, {
    providers: [
      Photos,
      { provide: APP_GUARD, useValue: refuse },
      { provide: APP_PIPE, useValue: refuse },
      { provide: APP_FILTER, useValue: refuse },
      { provide: APP_INTERCEPTOR, useValue: intercept },
    ],
  });
  expect(await run().result).toBe('bare');
  expect(await run({ owner: 'ada' }, { method: 'guarded' }).result).toBe('ada');
  await expect(run({ owner: 'bob' }, { method: 'guarded' }).result).rejects.toThrow('no bob');
});

describe('interceptors', () => {
  test('of a class and of a method stand around it in this order', async () => {
    const order: string[] = [];
    const noting = (name: string): NestInterceptor => ({
      intercept: (_context, next) => {
        order.push(`before ${name}`);
        return next.handle().pipe(tap(() => order.push(`after ${name}`)));
      },
    });
    @Injectable()
    @UseInterceptors(noting('class'))
    class Photos {
      @UseInterceptors(noting('method'), InCapitals)
      async process(job: Job) {
        order.push(job.data);
        return 'done';
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    expect(await run('photo').result).toBe('DONE');
    expect(order).toEqual([
      ...['before class', 'before method', 'photo', 'after method', 'after class'],
    ]);
  });

  test('may answer in place of the method, also with nothing', async () => {
    @Injectable()
    class Photos {
      @UseInterceptors({ intercept: () => EMPTY })
      async skipped() {
        return 'done';
      }
      @UseInterceptors({ intercept: () => of('kept') })
      async kept() {
        return 'done';
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    expect(await run({}, { method: 'skipped' }).result).toBeUndefined();
    expect(await run({}, { method: 'kept' }).result).toBe('kept');
  });

  test('see the values of an Observable', async () => {
    @Injectable()
    class Photos {
      @UseInterceptors(InCapitals)
      process() {
        return of('one', 'two');
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    expect(await run().result).toBe('TWO');
  });

  test('may turn a failure into another one', async () => {
    @Injectable()
    class Photos {
      @UseInterceptors({
        intercept: (_context: ExecutionContext, next: CallHandler) =>
          next.handle().pipe(catchError(() => throwError(() => new BadGatewayException('store')))),
      })
      async process() {
        throw new Error('gone');
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    await expect(run().result).rejects.toThrow(new BadGatewayException('store'));
  });
});

describe('filters', () => {
  test('of a class and of a method: the one that is nearest and fits decides', async () => {
    @Injectable()
    @UseFilters(Everything)
    class Photos {
      @UseFilters(ZeroForRange)
      async process(job: Job) {
        throw job.data === 'range' ? new RangeError() : new TypeError();
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    expect(await run('range').result).toBe(0);
    expect(await run('type').result).toBe('caught');
  });

  test('that throw decide how the job fails', async () => {
    @Catch()
    class ForGood implements ExceptionFilter {
      async catch(error: Error, host: ArgumentsHost): Promise<never> {
        throw new UnrecoverableError(`${host.getArgByIndex<Job>(0).id}: ${error.message}`);
      }
    }
    @Injectable()
    class Photos {
      @UseFilters(new ForGood())
      async process() {
        throw new Error('no such photo');
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    await expect(run().result).rejects.toThrow(new UnrecoverableError('1: no such photo'));
  });

  test('that return nothing, also later, leave the failure as it is', async () => {
    const broken = new Error('no such photo');
    for (const nothing of [() => undefined, async () => undefined, () => EMPTY]) {
      @Injectable()
      class Photos {
        @UseFilters({ catch: nothing })
        async process() {
          throw broken;
        }
      }
      const { run } = await createConsumers(Photos, { providers: [Photos] });
      await expect(run().result).rejects.toBe(broken);
    }
  });

  test('see the refusal of a guard as what Nest makes of it', async () => {
    @Catch(ForbiddenException)
    class Skips implements ExceptionFilter {
      catch(): string {
        return 'skipped';
      }
    }
    @Injectable()
    @UseGuards(Allowed)
    class Photos {
      @UseFilters(Skips)
      async skipping() {}
      @UseFilters(ZeroForRange)
      async refusing() {}
    }
    const { run } = await createConsumers(Photos, { providers: [Names, Photos] });
    expect(await run({}, { method: 'skipping' }).result).toBe('skipped');
    expect(await seen(run({}, { method: 'refusing' }).result)).toBeInstanceOf(UnrecoverableError);
  });

  test('that fit nothing change nothing, and log nothing', async () => {
    const broken = new Error('no such photo');
    const lines: unknown[] = [];
    @Injectable()
    @UseFilters(ZeroForRange)
    class Photos {
      async process() {
        throw broken;
      }
    }
    const log = (...line: unknown[]): void => void lines.push(line);
    const { run } = await createConsumers(Photos, { providers: [Photos] }, (builder) =>
      builder.setLogger({ log, error: log, warn: log }),
    );
    lines.length = 0;
    await expect(run().result).rejects.toBe(broken);
    expect(lines).toEqual([]);
  });
});

describe('what tells that the job has been moved', () => {
  const moved = [
    new DelayedError(),
    new WaitingError(),
    new WaitingChildrenError(),
    new RateLimitError(),
    new CoordinatorError('JOB_HANDED_BACK', 'The process is stopping'),
  ];

  test.each(moved)('$name passes filters and interceptors by', async (error) => {
    @Injectable()
    @UseFilters(Everything)
    class Photos {
      async process() {
        throw error;
      }
      @UseInterceptors({
        intercept: (_context: ExecutionContext, next: CallHandler) =>
          next.handle().pipe(catchError(() => of('swallowed'))),
      })
      async swallowed() {
        throw error;
      }
      @UseInterceptors({
        intercept: (_context: ExecutionContext, next: CallHandler) =>
          next.handle().pipe(catchError(() => throwError(() => new BadGatewayException()))),
      })
      async mapped() {
        throw error;
      }
      @UseGuards({
        canActivate: () => {
          throw error;
        },
      })
      async guarded() {}
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    for (const method of ['process', 'swallowed', 'mapped', 'guarded'])
      await expect(run({}, { method }).result).rejects.toBe(error);
  });

  test('whatever a method throws that is told to stop because its process does passes, too', async () => {
    let begun = createDeferred<void>();
    @Injectable()
    @UseFilters(Everything)
    class Photos {
      async process(job: Job, _token: string, signal: AbortSignal) {
        begun.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw new Error(job.data);
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    const stopped = run('cut off');
    await begun.promise;
    stopped.running.stop(new CoordinatorError('JOB_HANDED_BACK', 'The process is stopping'));
    await expect(stopped.result).rejects.toThrow('cut off');
    begun = createDeferred();
    const late = run('timed out');
    await begun.promise;
    late.running.stop(new CoordinatorError('JOB_TIMED_OUT', 'Too late'));
    expect(await late.result).toBe('caught');
  });

  test('an UnrecoverableError is a failure like any other', async () => {
    @Injectable()
    class Photos {
      @UseFilters(Everything)
      async caught() {
        throw new UnrecoverableError('broken for good');
      }
      @UseFilters(ZeroForRange)
      async thrown() {
        throw new UnrecoverableError('broken for good');
      }
    }
    const { run } = await createConsumers(Photos, { providers: [Photos] });
    expect(await run({}, { method: 'caught' }).result).toBe('caught');
    const thrown = await seen(run({}, { method: 'thrown' }).result);
    expect(thrown).toBeInstanceOf(UnrecoverableError);
  });
});
