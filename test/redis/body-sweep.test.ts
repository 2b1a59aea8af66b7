/** Bodies that something refers to are never deleted; all others are, after their grace and not before. */
import { FlowProducer, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDeferred } from '../../src/base/deferred.ts';
import type { BodyStore } from '../../src/config/body-store.ts';
import { Reconciler } from '../../src/dead-letters/reconciler.ts';
import { createBodyId } from '../../src/payloads/body-id.ts';
import { redisBodies } from '../../src/payloads/redis-bodies.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { noHurry } from './body-store-suite.ts';
import { GRACE_MS, HOUR, Stage } from './swept-bodies.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

function createQueue(stage: Stage, name: string, prefix = stage.bull): Queue {
  const queue = new Queue(name, { connection: { url: server.url }, prefix });
  queue.on('error', () => {});
  onTestFinished(() => queue.close());
  return queue;
}

/** Takes jobs by hand. */
function createWorker(stage: Stage, name: string, prefix = stage.bull): Worker {
  const worker = new Worker(name, null, { connection: { url: server.url }, prefix });
  worker.on('error', () => {});
  onTestFinished(() => worker.close(true));
  return worker;
}

const TOKEN = 'token';

/** The same store, to be given other methods. */
function storeLike(store: BodyStore): BodyStore {
  return {
    name: store.name,
    put: (...args) => store.put(...args),
    get: (...args) => store.get(...args),
    delete: (...args) => store.delete(...args),
    list: (...args) => store.list(...args),
  };
}

describe('a body is kept while something refers to it', () => {
  /** Puts a reference to a new body somewhere, and returns the id of the body and how to take it away. */
  type Place = (stage: Stage) => Promise<{ id: string; remove: () => Promise<unknown> }>;

  const added =
    (opts: object, before?: (queue: Queue) => Promise<unknown>): Place =>
    async (stage) => {
      const queue = createQueue(stage, 'photos');
      await before?.(queue);
      const { id, value } = await stage.body();
      const job = await queue.add('resize', value, opts);
      return { id, remove: () => job.remove() };
    };

  const places: Record<string, Place> = {
    waiting: added({}),
    delayed: added({ delay: 90 * 24 * HOUR }),
    prioritized: added({ priority: 5 }),
    paused: added({}, (queue) => queue.pause()),
    'in a queue whose job ids look like other keys': added({ jobId: 'processed' }),

    active: async (stage) => {
      const queue = createQueue(stage, 'photos');
      const { id, value } = await stage.body();
      await queue.add('resize', value);
      const job = await createWorker(stage, 'photos').getNextJob(TOKEN);
      return { id, remove: () => job!.moveToCompleted(1, TOKEN, false).then(() => job!.remove()) };
    },

    'the data of a completed job': async (stage) => {
      const queue = createQueue(stage, 'photos');
      const { id, value } = await stage.body();
      await queue.add('resize', value);
      const job = await createWorker(stage, 'photos').getNextJob(TOKEN);
      await job!.moveToCompleted('small', TOKEN, false);
      return { id, remove: () => queue.clean(0, 10, 'completed') };
    },

    'the result of a completed job': async (stage) => {
      const queue = createQueue(stage, 'photos');
      await queue.add('resize', { small: 1 });
      const job = await createWorker(stage, 'photos').getNextJob(TOKEN);
      const { id, value } = await stage.body();
      await job!.moveToCompleted(value, TOKEN, false);
      return { id, remove: () => queue.obliterate() };
    },

    'a failed job': async (stage) => {
      const queue = createQueue(stage, 'photos');
      const { id, value } = await stage.body();
      await queue.add('resize', value);
      const job = await createWorker(stage, 'photos').getNextJob(TOKEN);
      await job!.moveToFailed(new Error('no'), TOKEN, false);
      return { id, remove: () => queue.clean(0, 10, 'failed') };
    },

    progress: async (stage) => {
      const queue = createQueue(stage, 'photos');
      const job = await queue.add('resize', { small: 1 });
      const { id, value } = await stage.body();
      await job.updateProgress(value);
      return { id, remove: () => job.updateProgress(100) };
    },

    'the template of a scheduler': async (stage) => {
      const queue = createQueue(stage, 'photos');
      const { id, value } = await stage.body();
      await queue.upsertJobScheduler('nightly', { every: 24 * HOUR }, { name: 'x', data: value });
      // What is left is the template alone.
      for (const { id: next } of await queue.getJobs(['waiting', 'delayed']))
        await stage.redis.hset(`${stage.bull}:photos:${next}`, 'data', '{}');
      return { id, remove: () => queue.removeJobScheduler('nightly') };
    },

    'one of eight jobs that share it': async (stage) => {
      const queue = createQueue(stage, 'photos');
      const { id, value } = await stage.body();
      const jobs = await queue.addBulk(
        Array.from({ length: 8 }, (_, i) => ({ name: 'x', data: value, opts: { delay: i } })),
      );
      const [last, ...others] = jobs;
      for (const job of others) await job.remove();
      return { id, remove: () => last!.remove() };
    },

    'what deduplication keeps for later': async (stage) => {
      const queue = createQueue(stage, 'photos');
      const opts = { deduplication: { id: 'one', keepLastIfActive: true } };
      await queue.add('resize', { small: 1 }, opts);
      const job = await createWorker(stage, 'photos').getNextJob(TOKEN);
      const { id, value } = await stage.body();
      await queue.add('resize', value, opts);
      expect(await stage.redis.exists(`${stage.bull}:photos:dn:one`)).toBe(1);
      const remove = async (): Promise<void> => {
        await job!.moveToCompleted(1, TOKEN, false);
        await queue.obliterate({ force: true });
      };
      return { id, remove };
    },

    'a parent that waits for its children': async (stage) => {
      const flows = new FlowProducer({ connection: { url: server.url }, prefix: stage.bull });
      onTestFinished(() => flows.close());
      const { id, value } = await stage.body('parents');
      const flow = await flows.add({
        ...{ name: 'whole', queueName: 'parents', data: value },
        children: [{ name: 'part', queueName: 'photos', data: {} }],
      });
      return { id, remove: () => flow.job.remove() };
    },

    "a child's result in its parent, of another queue and prefix": async (stage) => {
      const other = `{other-${stage.bull}}`;
      const parents = createQueue(stage, 'parents', other);
      const parent = await parents.add('whole', {});
      const { id, value } = await stage.body();
      await stage.redis.zadd(stage.keys.payloads(), 1, `${other}:parents`);
      const child = `${stage.bull}:photos:17`;
      await stage.redis.hset(
        `${other}:parents:${parent.id}:processed`,
        child,
        JSON.stringify(value),
      );
      return { id, remove: () => parents.obliterate({ force: true }) };
    },

    'one of 3,000 results in a parent': async (stage) => {
      const { id, value } = await stage.body();
      const key = `${stage.bull}:photos:1:processed`;
      const results = Array.from({ length: 3_000 }, (_, i) => [`${stage.bull}:q:${i}`, '{"x":1}']);
      await stage.redis.hset(key, ...results.flat(), 'last', JSON.stringify(value));
      return { id, remove: () => stage.redis.del(key) };
    },

    'a dead letter': async (stage) => {
      const queue = createQueue(stage, 'photos');
      const { id, value } = await stage.body();
      const { id: jobId } = await queue.add('a "name" {"$drover":"p', value);
      const job = await createWorker(stage, 'photos').getNextJob(TOKEN);
      await job!.moveToFailed(new Error('no'), TOKEN, false);
      const label = `${stage.bull}:photos`;
      await new Reconciler({
        keys: stage.keys,
        command: async () => stage.redis,
        onBulk: (run) => run(stage.redis),
        queues: async () => [label],
        ...{ keepMs: 30 * 24 * HOUR, keepCount: 100 },
      }).round();
      await queue.obliterate({ force: true });
      const letter = stage.keys.deadLetter(label, jobId!);
      expect(await stage.redis.hget(letter, 'originalJob')).toContain(id);
      return { id, remove: () => stage.redis.del(letter) };
    },

    'beside data too large to be read at once': async (stage) => {
      const queue = createQueue(stage, 'photos');
      await queue.addBulk(
        Array.from({ length: 40 }, () => ({ name: 'x', data: { text: 'x'.repeat(100_000) } })),
      );
      const { id, value } = await stage.body();
      const job = await queue.add('resize', value);
      return { id, remove: () => job.remove() };
    },
  };

  test.each(Object.entries(places))('%s', async (_, place) => {
    const stage = new Stage(server);
    const { id, remove } = await place(stage);
    const sweep = await stage.create();
    await stage.sweepThroughGrace(sweep);
    expect(await stage.left()).toEqual(new Set([id]));
    expect(sweep.view).toMatchObject({ looked: 1, referenced: 1, unused: 0, error: null });
    await remove();
    await stage.sweepThroughGrace(sweep);
    expect(await stage.left()).toEqual(new Set());
  });
});

describe('a body that nothing refers to', () => {
  test('is deleted after its grace and not before, which is told and counted', async () => {
    const stage = new Stage(server);
    const { id } = await stage.body('photos');
    const sweep = await stage.create();
    for (let hours = 0; hours < 24; hours += 8) {
      await sweep.round();
      expect(await stage.left()).toEqual(new Set([id]));
      stage.pass(8 * HOUR);
    }
    expect(stage.told).toEqual([]);
    await sweep.round();
    expect(await stage.left()).toEqual(new Set());
    const swept = { store: 'files', queue: `${stage.bull}:photos`, bodies: 1, bytes: 4 };
    expect(stage.told).toEqual([['bodies.swept', swept]]);
    expect(sweep.view).toMatchObject({ bodies: 1, deleted: 1, deletedBytes: 4, unused: 0 });
    expect(sweep.deleted).toEqual({ bodies: 1, bytes: 4 });
    expect(await stage.redis.exists(stage.keys.bodiesUnused())).toBe(0);
  });

  test('waits anew when it was used in between', async () => {
    const stage = new Stage(server);
    const queue = createQueue(stage, 'photos');
    const { id, value } = await stage.body();
    const sweep = await stage.create();
    await sweep.round();
    stage.pass(23 * HOUR);
    const job = await queue.add('x', value);
    await sweep.round();
    await job.remove();
    stage.pass(HOUR);
    await sweep.round();
    stage.pass(23 * HOUR);
    await sweep.round();
    expect(await stage.left()).toEqual(new Set([id]));
    stage.pass(HOUR);
    await sweep.round();
    expect(await stage.left()).toEqual(new Set());
  });

  test('is not deleted in the first round of a leader, however long it has waited', async () => {
    const stage = new Stage(server);
    const { id } = await stage.body();
    await (await stage.create()).round();
    stage.pass(10 * GRACE_MS);
    const next = await stage.create();
    await next.round();
    expect(await stage.left()).toEqual(new Set([id]));
    stage.pass(HOUR);
    await next.round();
    expect(await stage.left()).toEqual(new Set());
  });

  test('waits anew when the clock of the server is set forward', async () => {
    const stage = new Stage(server);
    const { id } = await stage.body();
    const sweep = await stage.create();
    for (let round = 0; round < 3; round += 1) {
      await sweep.round();
      stage.pass(HOUR);
    }
    stage.serverNow += 365 * 24 * HOUR;
    for (let hours = 0; hours < 24; hours += 8) {
      await sweep.round();
      expect(await stage.left()).toEqual(new Set([id]));
      stage.pass(8 * HOUR);
    }
    await sweep.round();
    expect(await stage.left()).toEqual(new Set());
  });

  test('goes although nobody tells of its queue any more', async () => {
    const stage = new Stage(server);
    await stage.body();
    await stage.redis.del(stage.keys.payloads());
    await stage.sweepThroughGrace(await stage.create());
    expect(await stage.left()).toEqual(new Set());
  });
});

describe('a round that does not see everything deletes nothing', () => {
  /** A sweep that would delete in its next round. */
  async function beforeDeletion(
    stage: Stage,
    options: Parameters<Stage['create']>[0] = {},
  ): Promise<{ sweep: Awaited<ReturnType<Stage['create']>>; id: string }> {
    const { id } = await stage.body();
    const sweep = await stage.create(options);
    await sweep.round();
    stage.pass(12 * HOUR);
    await sweep.round();
    stage.pass(12 * HOUR);
    return { sweep, id };
  }

  test('a page that fails', async () => {
    const stage = new Stage(server);
    let isBroken = false;
    const redis = new Proxy(stage.redis, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === 'eval' && isBroken) return () => Promise.reject(new Error('the page broke'));
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const { sweep, id } = await beforeDeletion(stage, { onBulk: (run) => run(redis) });
    isBroken = true;
    await expect(sweep.round()).rejects.toThrow('the page broke');
    expect(sweep.view?.error).toBe('the page broke');
    expect(await stage.left()).toEqual(new Set([id]));
    isBroken = false;
    await sweep.round();
    expect(await stage.left()).toEqual(new Set());
  });

  test('a store that cannot be listed, be it another one', async () => {
    const stage = new Stage(server);
    let isGone = false;
    const other: BodyStore = {
      ...{ name: 'other', put: async () => {}, get: async () => undefined, delete: async () => {} },
      list: async function* () {
        if (isGone) throw new Error('gone');
        yield [];
      },
    };
    const { sweep, id } = await beforeDeletion(stage, { stores: [stage.store, other] });
    isGone = true;
    await expect(sweep.round()).rejects.toMatchObject({
      ...{ code: 'BODY_STORE_UNAVAILABLE', message: expect.stringContaining('"other"') },
    });
    expect(await stage.left()).toEqual(new Set([id]));
    isGone = false;
    await sweep.round();
    expect(await stage.left()).toEqual(new Set());
  });

  test('a Redis that is restarted meanwhile: its cursors begin anew', async () => {
    await using own = await startRedis();
    const stage = new Stage(own);
    let isRestarting = false;
    const store: BodyStore = {
      ...storeLike(stage.store),
      list: async function* (signal) {
        if (isRestarting) await own.restart();
        yield* stage.store.list(signal);
      },
    };
    const { sweep, id } = await beforeDeletion(stage, { stores: [store] });
    isRestarting = true;
    await expect(sweep.round()).rejects.toThrow(/restarted or replaced|closed|ECONN/);
    expect(await stage.left()).toEqual(new Set([id]));
  });

  test('a process that is stopped, or killed, between two pages', async () => {
    const stage = new Stage(server);
    const queue = createQueue(stage, 'photos');
    await queue.addBulk(Array.from({ length: 2_000 }, () => ({ name: 'x', data: {} })));
    let pages = 0;
    const redis = new Proxy(stage.redis, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === 'eval') {
          pages += 1;
          if (pages % 3 === 0) sweep.stop();
        }
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const { id } = await stage.body();
    const steady = await stage.create();
    await steady.round();
    stage.pass(GRACE_MS);
    const sweep = await stage.create({ onBulk: (run) => run(redis) });
    await sweep.round();
    expect(sweep.view).toMatchObject({ error: 'the process is stopping', deleted: 0 });
    expect(await stage.left()).toEqual(new Set([id]));
    await steady.round();
    expect(await stage.left()).toEqual(new Set());
  });

  test.each(['list', 'delete'] as const)(
    'a process that is stopped while a store does not answer: %s',
    { timeout: 10_000 },
    async (silent) => {
      const stage = new Stage(server);
      let isSilent = false;
      const asked = createDeferred<AbortSignal>();
      const never = (signal: AbortSignal): Promise<never> => {
        asked.resolve(signal);
        return new Promise(() => {});
      };
      const store: BodyStore = {
        ...storeLike(stage.store),
        async *list(signal) {
          if (isSilent && silent === 'list') await never(signal);
          yield* stage.store.list(signal);
        },
        delete: (keys, signal) =>
          isSilent && silent === 'delete' ? never(signal) : stage.store.delete(keys, signal),
      };
      const { sweep, id } = await beforeDeletion(stage, { stores: [store] });
      isSilent = true;
      const round = sweep.round();
      const signal = await asked.promise;
      sweep.stop();
      await round;
      expect(signal.aborted).toBe(true);
      expect(sweep.view!.error).toContain('the process is stopping');
      expect(await stage.left()).toEqual(new Set([id]));
    },
  );

  test('a leader that slept and was replaced', async () => {
    const stage = new Stage(server);
    const { sweep, id } = await beforeDeletion(stage);
    // It believes to lead; Redis knows better.
    await stage.redis.set(stage.keys.leaseEpoch('fleet'), 8);
    await expect(sweep.round()).rejects.toThrow('another process leads now');
    expect(await stage.left()).toEqual(new Set([id]));
  });

  test('a process that does not lead does nothing at all', async () => {
    const stage = new Stage(server);
    const { sweep, id } = await beforeDeletion(stage);
    stage.lease.isHeld = false;
    const { at } = sweep.view!;
    await sweep.round();
    expect(sweep.view!.at).toBe(at);
    expect(await stage.left()).toEqual(new Set([id]));
    // And what it knew before counts no more.
    stage.lease.isHeld = true;
    await sweep.round();
    expect(await stage.left()).toEqual(new Set([id]));
  });

  test('another Redis than in the round before, such as a backup that was restored', async () => {
    const stage = new Stage(server);
    const { sweep, id } = await beforeDeletion(stage);
    await stage.redis.set(stage.keys.data(), 'other data');
    await sweep.round();
    expect(await stage.left()).toEqual(new Set([id]));
    await sweep.round();
    expect(await stage.left()).toEqual(new Set());
  });

  test('a store that does not delete: its bodies wait for the next round', async () => {
    const stage = new Stage(server);
    let isRefusing = true;
    const refusing = {
      ...storeLike(stage.store),
      delete: async (...args: Parameters<BodyStore['delete']>) => {
        if (isRefusing) throw new Error('AccessDenied');
        await stage.store.delete(...args);
      },
    };
    const { sweep } = await beforeDeletion(stage, { stores: [refusing] });
    await expect(sweep.round()).rejects.toThrow('"files" does not delete: AccessDenied');
    expect(sweep.view).toMatchObject({ deleted: 0, unused: 1 });
    isRefusing = false;
    await sweep.round();
    expect(await stage.left()).toEqual(new Set());
  });

  test('what was deleted by a process that was killed before it forgot it is forgotten', async () => {
    const stage = new Stage(server);
    const { sweep, id } = await beforeDeletion(stage);
    await stage.store.delete([{ queue: `${stage.bull}:photos`, id }], noHurry());
    expect(await stage.redis.zcard(stage.keys.bodiesUnused())).toBe(1);
    await sweep.round();
    expect(await stage.redis.zcard(stage.keys.bodiesUnused())).toBe(0);
  });
});

test('a full Redis gets room again: what is due is deleted, although nothing can be remembered', async () => {
  await using full = await startRedis();
  const stage = new Stage(full);
  const store = redisBodies({ name: 'cold', url: full.url, prefix: stage.keys.prefix });
  onTestFinished(async () => store.close?.());
  const queue = `${stage.bull}:photos`;
  const put = (bytes: number) =>
    store.put({ queue, id: createBodyId() }, Buffer.alloc(bytes), noHurry());
  for (let i = 0; i < 20; i += 1) await put(100_000);
  const sweep = await stage.create({ stores: [store] });
  for (let round = 0; round < 3; round += 1) {
    await sweep.round();
    stage.pass(8 * HOUR);
  }
  // One that nobody has seen yet, and then no room.
  await put(10);
  await stage.redis.config('SET', 'maxmemory', '1mb');
  await expect(sweep.round()).rejects.toThrow('OOM');
  expect(sweep.view).toMatchObject({ deleted: 20, error: expect.stringContaining('OOM') });
  expect(await stage.redis.zcard(stage.keys.bodies(queue))).toBe(1);
});

test('two that both believe to lead delete nothing that is used, and all that is not once', async () => {
  const stage = new Stage(server);
  const queue = createQueue(stage, 'photos');
  const kept: string[] = [];
  for (let i = 0; i < 30; i += 1) {
    const { id, value } = await stage.body();
    if (i % 2 === 0) continue;
    await queue.add('x', value);
    kept.push(id);
  }
  const sweeps = [await stage.create(), await stage.create()];
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(sweeps.map((sweep) => sweep.round()));
    stage.pass(8 * HOUR);
  }
  expect(await stage.left()).toEqual(new Set(kept));
  expect(await stage.redis.exists(stage.keys.bodiesUnused())).toBe(0);
});

describe('a Redis that has lost its data', () => {
  test('leaves all bodies without a reference: they wait for their grace, which is told', async () => {
    await using own = await startRedis();
    const stage = new Stage(own);
    const queue = new Queue('photos', { connection: { url: own.url }, prefix: stage.bull });
    onTestFinished(() => queue.close());
    const values: object[] = [];
    for (let i = 0; i < 150; i += 1) {
      const { value } = await stage.body();
      values.push(value);
      await queue.add('x', value);
    }
    const sweep = await stage.create();
    await stage.sweepThroughGrace(sweep);
    expect(stage.told).toEqual([]);
    await stage.redis.flushall();
    await stage.redis.set(stage.keys.leaseEpoch('fleet'), stage.lease.epoch);
    await stage.redis.set(stage.keys.data(), 'other data');
    await sweep.round();
    expect(stage.told).toEqual([
      ['bodies.unreferenced', { looked: 150, bodies: 150, graceMs: GRACE_MS }],
    ]);
    stage.pass(23 * HOUR);
    await sweep.round();
    expect((await stage.left()).size).toBe(150);
    // A backup is restored in time.
    for (const value of values.slice(0, 100)) await queue.add('x', value);
    stage.pass(HOUR);
    await sweep.round();
    expect((await stage.left()).size).toBe(100);
  });
});

describe('dictionaries', () => {
  const DAY = 24 * HOUR;

  async function withDictionaries(stage: Stage): Promise<string> {
    const label = `${stage.bull}:photos`;
    await stage.redis.zadd(stage.keys.payloads(), 1, label);
    const all = { aaaa1111: 'old', bbbb2222: 'old too', cccc3333: 'now', data: 'cccc3333' };
    await stage.redis.hset(stage.keys.dictionaries(label), all);
    return stage.keys.dictionaries(label);
  }

  test('a former one goes when no payload has named it for 90 days; the current one stays', async () => {
    const stage = new Stage(server);
    const key = await withDictionaries(stage);
    const queue = createQueue(stage, 'photos');
    // As long as a payload of 4 KB.
    const inline = { $drover: `z1,2s0,bbbb2222,k1,${'x'.repeat(4_000)}` };
    const { value: pointer } = { value: stage.pointerTo(createBodyId(), 'bbbb2222') };
    const jobs = [await queue.add('x', inline), await queue.add('x', pointer)];
    const sweep = await stage.create();
    for (let days = 0; days <= 90; days += 30) {
      expect(await stage.redis.hlen(key)).toBe(4);
      await sweep.round();
      stage.pass(30 * DAY);
    }
    expect(Object.keys(await stage.redis.hgetall(key)).sort()).toEqual([
      ...['bbbb2222', 'cccc3333', 'data'],
    ]);
    await jobs[0]!.remove();
    for (let days = 0; days <= 90; days += 30) {
      await sweep.round();
      stage.pass(30 * DAY);
    }
    expect(await stage.redis.hexists(key, 'bbbb2222')).toBe(1);
    await jobs[1]!.remove();
    for (let days = 0; days <= 90; days += 30) {
      await sweep.round();
      stage.pass(30 * DAY);
    }
    expect(Object.keys(await stage.redis.hgetall(key)).sort()).toEqual(['cccc3333', 'data']);
  });

  test('they are looked for once a day, and what waits goes on waiting in between', async () => {
    const stage = new Stage(server);
    const key = await withDictionaries(stage);
    await createQueue(stage, 'photos').add('x', { small: 1 });
    const sweep = await stage.create();
    const looks: number[] = [];
    for (let hours = 0; hours < 48; hours += 6) {
      await sweep.round();
      looks.push(Math.sign(sweep.view!.keys));
      expect(await stage.redis.zcard(stage.keys.bodiesUnused())).toBe(2);
      stage.pass(6 * HOUR);
    }
    // The first of a process may not delete.
    expect(looks).toEqual([1, 1, 0, 0, 0, 1, 0, 0]);
    expect(await stage.redis.hlen(key)).toBe(4);
  });

  test('they go although no process leads for as long as a day', async () => {
    const stage = new Stage(server);
    const key = await withDictionaries(stage);
    await (await stage.create()).round();
    stage.pass(91 * DAY);
    const next = await stage.create();
    await next.round();
    expect(await stage.redis.hlen(key)).toBe(4);
    stage.pass(HOUR);
    await next.round();
    expect(Object.keys(await stage.redis.hgetall(key)).sort()).toEqual(['cccc3333', 'data']);
  });

  test('all stay while there is a payload that is too large to be looked at', async () => {
    const stage = new Stage(server);
    const key = await withDictionaries(stage);
    await stage.redis.hset(`${stage.bull}:photos:1`, 'data', 'x'.repeat(5_000_000));
    const sweep = await stage.create();
    for (let days = 0; days <= 120; days += 30) {
      await sweep.round();
      stage.pass(30 * DAY);
    }
    expect(await stage.redis.hlen(key)).toBe(4);
  });
});

describe('the list of places', () => {
  const DAYS = 24 * HOUR;

  test('forgets a queue of which nothing is left, 30 days after it was told', async () => {
    const stage = new Stage(server);
    const { redis, keys, serverNow } = stage;
    const told = (label: string, days: number) =>
      redis.zadd(keys.payloads(), serverNow - days * DAYS, `${stage.bull}:${label}`);
    await told('young', 29);
    await told('gone', 31);
    await told('with-jobs', 31);
    await told('with-bodies', 31);
    await redis.hset(`${stage.bull}:with-jobs:meta`, 'version', 'bullmq:6');
    await redis.zadd(keys.bodies(`${stage.bull}:with-bodies`), 1, 'x');
    await (await stage.create()).round();
    const left = await redis.zrange(keys.payloads(), '0', '-1');
    expect(left.map((label) => label.slice(stage.bull.length + 1)).sort()).toEqual([
      ...['with-bodies', 'with-jobs', 'young'],
    ]);
  });
});

describe('the cost in Redis', () => {
  /** Bytes that Redis has sent since, beside a few of its own. */
  async function sentBytes(redis: Redis): Promise<number> {
    return Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
  }

  test('what does not refer is neither sent nor read for long', async () => {
    await using own = await startRedis();
    const stage = new Stage(own);
    const { redis } = stage;
    const { id, value } = await stage.body();
    const large = 'x'.repeat(60_000);
    const step = redis.pipeline();
    for (let i = 0; i < 2_000; i += 1)
      step.hset(`${stage.bull}:photos:${i}`, { data: large, returnvalue: '{"x":1}', name: 'x' });
    const children = `${stage.bull}:photos:parent:processed`;
    for (let i = 0; i < 100; i += 1)
      step.hset(
        children,
        ...Array.from({ length: 1_000 }, (_, j) => [`child:${i}:${j}`, '{"ok":true}']).flat(),
      );
    step.hset(children, 'child:last', JSON.stringify(value));
    await step.exec();
    await redis.config('SET', 'slowlog-log-slower-than', '5000');
    const sweep = await stage.create();
    const before = await sentBytes(redis);
    await sweep.round();
    const sent = (await sentBytes(redis)) - before;
    expect(sweep.view).toMatchObject({ referenced: 1, unused: 0 });
    expect(sweep.view!.keys).toBeGreaterThan(2_000);
    expect(sent).toBeLessThan(200_000);
    // A busy machine makes anything slow once, and the same thing hardly ever in each of several rounds.
    const isQuick = async (): Promise<boolean> => {
      await redis.slowlog('RESET');
      await sweep.round();
      return ((await redis.slowlog('GET', '1')) as unknown[]).length === 0;
    };
    await until(isQuick, { what: 'a round has no slow step', timeoutMs: 20_000 });
    expect(await stage.left()).toEqual(new Set([id]));
  });
});

test('more bodies than one round may hold are swept part by part', async () => {
  const stage = new Stage(server);
  const queue = createQueue(stage, 'photos');
  const kept: string[] = [];
  for (let i = 0; i < 120; i += 1) {
    const { id, value } = await stage.body();
    if (i % 3 > 0) continue;
    await queue.add('x', value);
    kept.push(id);
  }
  const sweep = await stage.create({ most: 30 });
  const round = async (): Promise<boolean> => {
    await sweep.round();
    expect(sweep.view!.looked).toBeLessThanOrEqual(30);
    stage.pass(4 * HOUR);
    return (await stage.left()).size === kept.length;
  };
  await until(round, { what: 'all unused bodies are gone', intervalMs: 0, timeoutMs: 20_000 });
  await stage.sweepThroughGrace(sweep);
  expect(await stage.left()).toEqual(new Set(kept));
});
