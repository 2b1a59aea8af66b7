import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import type { BodyStore } from '../config/body-store.ts';
import { CoordinatorError } from '../errors.ts';
import type { CoordinatorEvents } from '../events.ts';
import { Bodies } from './bodies.ts';
import { createBodyId } from './body-id.ts';

/** Keeps bodies in memory, and does what it is told instead. */
class TestStore implements BodyStore {
  readonly name: string;
  readonly bodies = new Map<string, Buffer>();
  /** What a call does before anything else. */
  before: (signal: AbortSignal) => Promise<void> = async () => {};
  isClosed = false;

  constructor(name: string) {
    this.name = name;
  }

  async put({ id }: { id: string }, body: Buffer, signal: AbortSignal): Promise<void> {
    await this.before(signal);
    this.bodies.set(id, body);
  }

  async get({ id }: { id: string }, signal: AbortSignal): Promise<Buffer | undefined> {
    await this.before(signal);
    return this.bodies.get(id);
  }

  async delete(): Promise<void> {}
  async *list(): AsyncIterable<never[]> {}
  async close(): Promise<void> {
    this.isClosed = true;
    throw new Error('cannot be closed');
  }
}

function create() {
  const clock = new FakeClock();
  const [files, s3] = [new TestStore('files'), new TestStore('s3')];
  const told: unknown[] = [];
  const noted: string[] = [];
  const places = { note: (label: string): void => void noted.push(label) };
  const bodies = new Bodies({
    ...{ stores: [files, s3], places, clock },
    announce: (name: keyof CoordinatorEvents, payload: object) => told.push([name, payload]),
  });
  return { clock, files, s3, told, noted, bodies, places };
}

const body = Buffer.from('body');

test('writes to the first store unless another one is named, and reads from the one that is named', async () => {
  const { bodies, files, s3, noted } = create();
  const one = await bodies.put('a', undefined, body);
  const two = await bodies.put('shop:b', 's3', body);
  expect([one.store, two.store]).toEqual(['files', 's3']);
  expect([[...files.bodies.keys()], [...s3.bodies.keys()]]).toEqual([[one.id], [two.id]]);
  expect(await bodies.get('a', 'files', one.id)).toBe(body);
  expect(await bodies.get('shop:b', 's3', two.id)).toBe(body);
  expect(noted).toEqual(['a', 'shop:b']);
});

test('the place is told before the body is written', async () => {
  const { bodies, files, places } = create();
  places.note = () => {
    expect(files.bodies.size).toBe(0);
    throw new Error('Redis is away');
  };
  await expect(bodies.put('a', undefined, body)).rejects.toMatchObject({
    code: 'BODY_STORE_UNAVAILABLE',
  });
  expect(files.bodies.size).toBe(0);
});

test('a body that is not there is missing, and says where it should be', async () => {
  const { bodies, told } = create();
  const id = createBodyId();
  await expect(bodies.get('a', 's3', id)).rejects.toMatchObject({
    code: 'BODY_MISSING',
    retryable: false,
    message: expect.stringMatching(new RegExp(`"s3".*${id}.*"a"`)),
  });
  expect(told).toEqual([]);
});

test('an id that is none is missing without asking anybody', async () => {
  const { bodies, files } = create();
  files.before = () => {
    throw new Error('was asked');
  };
  await expect(bodies.get('a', 'files', '../../etc/passwd')).rejects.toMatchObject({
    code: 'BODY_MISSING',
  });
});

test('a store that nobody knows here may be known elsewhere', async () => {
  const { bodies } = create();
  const message = 'no store named "cold" is configured here, only "files", "s3"';
  const unavailable = { code: 'BODY_STORE_UNAVAILABLE', retryable: true, message };
  await expect(bodies.get('a', 'cold', createBodyId())).rejects.toMatchObject(unavailable);
  await expect(bodies.put('a', 'cold', body)).rejects.toMatchObject(unavailable);
  expect(() => bodies.check('cold')).toThrow('add it to bodies.stores');
  bodies.check('s3');
});

test('a store that throws is unavailable: it is told when that begins, repeats, and ends', async () => {
  const { bodies, files, told, clock } = create();
  const { id } = await bodies.put('a', undefined, body);
  files.before = async () => {
    throw new Error('ECONNREFUSED');
  };
  const error = await bodies.get('a', 'files', id).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'BODY_STORE_UNAVAILABLE',
    message: expect.stringMatching(/"files".*"a": ECONNREFUSED/),
    cause: { message: 'ECONNREFUSED' },
  });
  await bodies.put('a', undefined, body).catch(() => {});
  await clock.pass(3_000);
  files.before = async () => {};
  await bodies.get('a', 'files', id);
  await bodies.get('a', 'files', id);
  expect(told).toEqual([
    ['bodies.unavailable', { store: 'files', message: 'ECONNREFUSED', repeated: 1 }],
    ['bodies.unavailable', { store: 'files', message: 'ECONNREFUSED', repeated: 2 }],
    ['bodies.available', { store: 'files', afterMs: 3_000 }],
  ]);
});

test('a store that cannot be used here may be used elsewhere, or later', async () => {
  const { bodies, files, told } = create();
  files.before = async () => {
    throw new CoordinatorError('CONFIG_INVALID', 'its package cannot be loaded');
  };
  const unavailable = {
    ...{ code: 'BODY_STORE_UNAVAILABLE', retryable: true },
    message: expect.stringContaining('its package cannot be loaded'),
  };
  await expect(bodies.get('a', 'files', createBodyId())).rejects.toMatchObject(unavailable);
  await expect(bodies.put('a', undefined, body)).rejects.toMatchObject(unavailable);
  expect(told).toHaveLength(2);
  files.before = async () => {
    throw new CoordinatorError('BODY_MISSING', 'it was withdrawn');
  };
  await expect(bodies.get('a', 'files', createBodyId())).rejects.toThrow('it was withdrawn');
});

test('a store that does not answer is given up, and its late error hurts nobody', async () => {
  const { bodies, files, clock } = create();
  let fail = (_error: Error): void => {};
  let isAborted = false;
  files.before = (signal) => {
    signal.addEventListener('abort', () => {
      isAborted = true;
    });
    return new Promise((_, reject) => {
      fail = reject;
    });
  };
  const reading = bodies.get('a', 'files', createBodyId());
  const expectation = expect(reading).rejects.toMatchObject({
    code: 'BODY_STORE_UNAVAILABLE',
    message: expect.stringContaining('it did not answer in time'),
  });
  await clock.pass(5_000);
  await expectation;
  expect(isAborted).toBe(true);
  fail(new Error('late'));
});

test('a large body has longer', async () => {
  const { bodies, files, clock } = create();
  const { id } = await bodies.put('a', undefined, body);
  let goOn = (): void => {};
  files.before = () =>
    new Promise((resolve) => {
      goOn = resolve;
    });
  const reading = bodies.get('a', 'files', id, 64 * 1_024 * 1_024);
  await clock.pass(30_000);
  goOn();
  expect(await reading).toBe(body);
});

test('closing closes all of them, whatever one says', async () => {
  const { bodies, files, s3 } = create();
  await bodies.close();
  expect([files.isClosed, s3.isClosed]).toEqual([true, true]);
});
