import 'reflect-metadata';
import { Inject, Injectable, Module, Scope, UseGuards } from '@nestjs/common';
import {
  type ContextId,
  ContextIdFactory,
  type ContextIdStrategy,
  type HostComponentInfo,
  REQUEST,
} from '@nestjs/core';
import type { Job } from 'bullmq';
import { of } from 'rxjs';
import { afterEach, expect, test } from 'vitest';
import { createConsumers } from '../../../test/support/nest-consumer.ts';
import { ProcessorDecoratorService } from './processor-decorator.ts';

afterEach(() => {
  ContextIdFactory.apply(undefined as unknown as ContextIdStrategy);
});

test('a method is called on its one instance, as BullMQ calls its processors', async () => {
  @Injectable()
  class Photos {
    readonly made = {};
    async process(...args: unknown[]) {
      return [this.made, ...args];
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  const [first, second] = [run(), run()];
  const [made, ...args] = (await first.result) as unknown[];
  expect(args).toEqual([first.job, 'token-1']);
  expect(((await second.result) as unknown[])[0]).toBe(made);
});

test('the signal is looked at only for a method that declares it', async () => {
  @Injectable()
  class Photos {
    async two(_job: Job, _token: string): Promise<void> {}
    async three(_job: Job, _token: string, signal: AbortSignal): Promise<AbortSignal> {
      return signal;
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  const two = run(undefined, { method: 'two' });
  await two.result;
  expect(two.running.hasLooked).toBe(false);
  const three = run(undefined, { method: 'three' });
  expect(await three.result).toBeInstanceOf(AbortSignal);
  expect(three.running.hasLooked).toBe(true);
});

test('what a method throws arrives as it is, also when it throws at once', async () => {
  const broken = new TypeError('no such photo');
  const stack = broken.stack;
  @Injectable()
  class Photos {
    process(): never {
      throw broken;
    }
    async later(): Promise<never> {
      throw broken;
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  await expect(run().result).rejects.toBe(broken);
  await expect(run(undefined, { method: 'later' }).result).rejects.toBe(broken);
  expect(broken.stack).toBe(stack);
});

test('an Observable is waited for: its last value is the result', async () => {
  @Injectable()
  class Photos {
    process() {
      return of(1, 2, 3);
    }
    async later() {
      return of();
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  expect(await run().result).toBe(3);
  expect(await run(undefined, { method: 'later' }).result).toBeUndefined();
});

test('a request-scoped provider is made for each job, which is injected as the request', async () => {
  @Injectable({ scope: Scope.TRANSIENT })
  class Canvas {}
  @Injectable({ scope: Scope.REQUEST })
  class Tenant {
    readonly name: string;
    constructor(@Inject(REQUEST) job: Job) {
      this.name = job.data.tenant;
    }
  }
  @Injectable()
  class Photos {
    readonly #tenant: Tenant;
    readonly canvas: Canvas;
    constructor(@Inject(Tenant) tenant: Tenant, @Inject(Canvas) canvas: Canvas) {
      this.#tenant = tenant;
      this.canvas = canvas;
    }
    async process(job: Job) {
      await Promise.resolve();
      return { self: this, job, tenant: this.#tenant.name };
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Canvas, Tenant, Photos] });
  const jobs = [run({ tenant: 'ada' }), run({ tenant: 'bob' })];
  const [ada, bob] = (await Promise.all(jobs.map(({ result }) => result))) as {
    self: Photos;
    job: Job;
    tenant: string;
  }[];
  expect([ada!.tenant, bob!.tenant]).toEqual(['ada', 'bob']);
  expect([ada!.job, bob!.job]).toEqual(jobs.map(({ job }) => job));
  expect(ada!.self).not.toBe(bob!.self);
  expect(ada!.self.canvas).toBeInstanceOf(Canvas);
  expect(ada!.self.canvas).not.toBe(bob!.self.canvas);
});

test('a request-scoped method gets the signal only when it declares it', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class Photos {
    async process(...args: unknown[]) {
      return args.length;
    }
    async stoppable(_job: Job, _token: string, signal: AbortSignal) {
      return signal;
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  const plain = run();
  expect(await plain.result).toBe(2);
  expect(plain.running.hasLooked).toBe(false);
  expect(await run(undefined, { method: 'stoppable' }).result).toBeInstanceOf(AbortSignal);
});

test('a provider that cannot be made fails that job with its error, and no other', async () => {
  const broken = new Error('no tenant');
  @Injectable({ scope: Scope.REQUEST })
  class Photos {
    constructor(@Inject(REQUEST) job: Job) {
      if (!job.data.tenant) throw broken;
    }
    async process() {
      return 'done';
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  await expect(run({}).result).rejects.toBe(broken);
  expect(await run({ tenant: 'ada' }).result).toBe('done');
});

test('a transient provider is made for each job', async () => {
  @Injectable({ scope: Scope.TRANSIENT })
  class Photos {
    readonly made = [];
    async process() {
      return this.made;
    }
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  const [first, second] = [await run().result, await run().result];
  expect(first).toEqual([]);
  expect(first).not.toBe(second);
});

/** One sub-tree for each tenant, as Nest's documentation has it. */
class ByTenant implements ContextIdStrategy {
  readonly #tenants = new Map<string, ContextId>();
  attach(contextId: ContextId, job: Job) {
    const { tenant } = job.data;
    const shared = this.#tenants.get(tenant) ?? ContextIdFactory.create();
    this.#tenants.set(tenant, shared);
    return {
      payload: { tenant },
      resolve: (info: HostComponentInfo) => (info.isTreeDurable ? shared : contextId),
    };
  }
}

test('durable providers are shared by the jobs of one tenant', async () => {
  let isBroken = true;
  @Injectable({ scope: Scope.REQUEST, durable: true })
  class Connection {
    constructor() {
      if (isBroken) throw new Error('no connection');
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Photos {
    readonly #job: Job;
    readonly #connection: Connection;
    constructor(@Inject(REQUEST) job: Job, @Inject(Connection) connection: Connection) {
      this.#job = job;
      this.#connection = connection;
    }
    async process() {
      return { connection: this.#connection, job: this.#job };
    }
  }
  ContextIdFactory.apply(new ByTenant());
  const { run } = await createConsumers(Photos, { providers: [Connection, Photos] });
  await expect(run({ tenant: 'ada' }).result).rejects.toThrow('no connection');
  isBroken = false;
  const jobs = [run({ tenant: 'ada' }), run({ tenant: 'ada' }), run({ tenant: 'bob' })];
  const [first, second, other] = (await Promise.all(jobs.map(({ result }) => result))) as {
    connection: Connection;
    job: Job;
  }[];
  expect(first!.connection).toBeInstanceOf(Connection);
  expect(first!.connection).toBe(second!.connection);
  expect(first!.connection).not.toBe(other!.connection);
  expect([first!.job, second!.job, other!.job]).toEqual(jobs.map(({ job }) => job));
});

test('a durable consumer is shared, too, and has what the strategy tells of its tenant injected', async () => {
  @Injectable({ scope: Scope.REQUEST, durable: true })
  class Photos {
    readonly tenant: unknown;
    constructor(@Inject(REQUEST) tenant: unknown) {
      this.tenant = tenant;
    }
    async process(job: Job) {
      return { self: this, job };
    }
  }
  ContextIdFactory.apply(new ByTenant());
  const { run } = await createConsumers(Photos, { providers: [Photos] });
  const jobs = [run({ tenant: 'ada' }), run({ tenant: 'ada' }), run({ tenant: 'bob' })];
  const [first, second, other] = (await Promise.all(jobs.map(({ result }) => result))) as {
    self: Photos;
    job: Job;
  }[];
  expect(first!.self).toBe(second!.self);
  expect(first!.self).not.toBe(other!.self);
  expect([first!.job, second!.job, other!.job]).toEqual(jobs.map(({ job }) => job));
  expect([first!.self.tenant, other!.self.tenant]).toEqual([{ tenant: 'ada' }, { tenant: 'bob' }]);
});

test('one class in two modules runs with what each of them provides', async () => {
  for (const scope of [Scope.DEFAULT, Scope.REQUEST]) {
    @Injectable({ scope })
    class Photos {
      readonly #folder: string;
      constructor(@Inject('folder') folder: string) {
        this.#folder = folder;
      }
      async process() {
        return this.#folder;
      }
    }
    @Module({ providers: [Photos, { provide: 'folder', useValue: 'small' }] })
    class Small {}
    @Module({ providers: [Photos, { provide: 'folder', useValue: 'large' }] })
    class Large {}
    const { run } = await createConsumers(Photos, { imports: [Small, Large] });
    expect(await run(undefined, { inModule: 'Small' }).result).toBe('small');
    expect(await run(undefined, { inModule: 'Large' }).result).toBe('large');
  }
});

test('one class under two tokens is two consumers', async () => {
  for (const scope of [Scope.DEFAULT, Scope.REQUEST]) {
    let made = 0;
    @Injectable({ scope })
    class Photos {
      readonly id: number;
      constructor() {
        made += 1;
        this.id = made;
      }
      async process() {
        return this.id;
      }
    }
    const providers = ['first', 'second'].map((provide) => ({ provide, useClass: Photos }));
    const { run } = await createConsumers('first', { providers });
    const ids = [await run().result, await run(undefined, { by: 'second' }).result];
    expect(ids).toEqual([1, 2]);
  }
});

test('what a factory makes and what is given as a value runs jobs, also for each job', async () => {
  class Photos {
    readonly #of: string;
    constructor(of: string) {
      this.#of = of;
    }
    async process() {
      return this.#of;
    }
  }
  const { run } = await createConsumers('factory', {
    providers: [
      { provide: 'value', useValue: new Photos('value') },
      { provide: 'factory', useFactory: async () => new Photos('factory') },
      {
        provide: 'job',
        scope: Scope.REQUEST,
        inject: [REQUEST],
        useFactory: (job: Job) => new Photos(`job ${job.id}`),
      },
    ],
  });
  expect(await run().result).toBe('factory');
  expect(await run(undefined, { by: 'value' }).result).toBe('value');
  const each = [run(undefined, { by: 'job' }), run(undefined, { by: 'job' })];
  expect(await Promise.all(each.map(({ result }) => result))).toEqual(
    each.map(({ job }) => `job ${job.id}`),
  );
});

test('a decorator of processors wraps each method once, and gets what BullMQ gives', async () => {
  const wrapped: string[] = [];
  const seen: unknown[][] = [];
  @Injectable()
  class Tracing extends ProcessorDecoratorService {
    override decorate(
      processor: Parameters<ProcessorDecoratorService['decorate']>[0],
    ): typeof processor {
      wrapped.push('once');
      return async (...args) => {
        seen.push(args);
        return `traced ${await processor(...args)}`;
      };
    }
  }
  @Injectable()
  class Photos {
    async process() {
      return 'plain';
    }
    async stoppable(_job: Job, _token: string, signal: AbortSignal) {
      return signal.aborted;
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Scoped {
    async process() {
      return 'scoped';
    }
  }
  @Injectable()
  @UseGuards({ canActivate: () => true })
  class Guarded {
    async process() {
      return 'guarded';
    }
  }
  const { run } = await createConsumers(
    Photos,
    { providers: [Photos, Scoped, Guarded] },
    (builder) => builder.overrideProvider(ProcessorDecoratorService).useClass(Tracing),
  );
  const plain = run();
  expect(await plain.result).toBe('traced plain');
  expect(await run(undefined, { by: Scoped }).result).toBe('traced scoped');
  expect(await run(undefined, { by: Scoped }).result).toBe('traced scoped');
  expect(await run(undefined, { by: Guarded }).result).toBe('traced guarded');
  expect(await run(undefined, { method: 'stoppable' }).result).toBe('traced false');
  expect(wrapped).toHaveLength(4);
  expect(seen[0]).toEqual([plain.job, 'token-1']);
  expect(seen.at(-1)![2]).toBeInstanceOf(AbortSignal);
});

test('a decorator that passes on another job is told so', async () => {
  @Injectable()
  class Copying extends ProcessorDecoratorService {
    override decorate(
      processor: Parameters<ProcessorDecoratorService['decorate']>[0],
    ): typeof processor {
      return (job) => processor({ ...job } as Job);
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Photos {
    async process() {}
  }
  const { run } = await createConsumers(Photos, { providers: [Photos] }, (builder) =>
    builder.overrideProvider(ProcessorDecoratorService).useClass(Copying),
  );
  await expect(run().result).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
    message: expect.stringContaining('Copying passed on something else'),
  });
});
