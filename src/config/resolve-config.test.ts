import { describe, expect, test } from 'vitest';
import { type Environment, resolveConfig } from './resolve-config.ts';

const resolve = (options: object, environment: Environment = {}) =>
  resolveConfig(options, environment);

describe('where Redis is', () => {
  test('nothing names one: disabled', () => {
    expect(resolve({}).address).toBeNull();
    expect(resolve({}, { REDIS_PASSWORD: 'x', REDIS_DB: '1' }).address).toBeNull();
  });

  test('the environment names one by URL or by host', () => {
    expect(resolve({}, { REDIS_URL: 'redis://r:7000' }).address).toEqual({ host: 'r', port: 7000 });
    expect(resolve({}, { REDIS_HOST: 'r' }).address).toEqual({ host: 'r', port: 6379 });
    expect(resolve({}, { REDIS_URL: 'redis://u', REDIS_HOST: 'h' }).address?.host).toBe('u');
  });

  test('options win over the environment, also parts over its URL', () => {
    const environment = { REDIS_URL: 'redis://env' };
    expect(resolve({ redisUrl: 'redis://option' }, environment).address?.host).toBe('option');
    expect(resolve({ redis: { host: 'part' } }, environment).address?.host).toBe('part');
    expect(resolve({ redisUrl: undefined }, environment).address?.host).toBe('env');
  });
});

describe('what is wrong is said with its name and a remedy', () => {
  test.each([
    [{ redisURL: 'redis://h' }, 'did you mean "redisUrl"?'],
    [{ reconnect: { minDelay: 'soon' } }, 'reconnect.minDelay is no duration'],
    [{ reconnect: { minDelay: '3s' } }, 'more than maxDelay'],
    [{ addTimeoutMs: 0 }, 'addTimeoutMs is no duration'],
    [{ prefix: '' }, 'prefix'],
    [{ whenDown: 'panic' }, 'whenDown'],
    [{ logger: 'console' }, 'logger'],
    [{ redis: { port: 99_999 } }, 'redis.port'],
  ])('%o', (options, message) => {
    expect(() => resolve(options)).toThrow(message);
  });

  test('in environment variables too', () => {
    expect(() => resolve({}, { REDIS_HOST: 'h', REDIS_PORT: 'abc' })).toThrow(
      'REDIS_PORT must be a whole number',
    );
    expect(() => resolve({}, { ENABLE_BACKGROUND_JOBS: 'maybe' })).toThrow(
      'ENABLE_BACKGROUND_JOBS',
    );
  });
});

describe('where bodies lie', () => {
  const store = (name: string): object => {
    const method = async (): Promise<void> => {};
    return { name, put: method, get: method, delete: method, list: method };
  };

  test('in the Redis of the coordinator, kept for a day, unless something else is said', () => {
    expect(resolve({}).bodies).toEqual({ stores: [], graceMs: 86_400_000 });
    const [files, s3] = [store('files'), store('s3')];
    const { stores, graceMs } = resolve({ bodies: { stores: [files, s3], grace: '7d' } }).bodies;
    expect([stores[0], stores[1], graceMs]).toEqual([files, s3, 7 * 86_400_000]);
    expect(stores[0]).toBe(files);
  });

  test.each([
    [{ grace: '5m' }, 'at least 10 minutes'],
    [{ grace: 'soon' }, 'bodies.grace is no duration'],
    [{ stores: [{}] }, 'must be made by fileBodies'],
    [{ stores: [store('')] }, 'letters, digits and "-"'],
    [{ stores: [store('a b')] }, 'letters, digits and "-"'],
    [{ stores: [store('a-name-that-is-too-long')] }, 'at most 16'],
    [{ stores: [store('redis')] }, 'which is the Redis of the coordinator'],
    [{ stores: [store('a'), store('b'), store('a')] }, 'has two named "a"'],
    [{ store: store('a') }, 'bodies.store is no option'],
  ])('%o', (bodies, message) => {
    expect(() => resolve({ bodies })).toThrow(message);
  });
});

test('the defaults are those of the reference', () => {
  expect(resolve({})).toMatchObject({
    prefix: 'bull',
    coordinatorPrefix: 'coordinator',
    reconnect: { minDelayMs: 50, maxDelayMs: 2_000, maxAttempts: Number.POSITIVE_INFINITY },
    whenDown: 'fail',
    addTimeoutMs: 2_000,
    shutdownTimeoutMs: 25_000,
    backgroundJobs: true,
  });
});

test('ENABLE_BACKGROUND_JOBS=false makes a process web-only, unset does not', () => {
  expect(resolve({}, { ENABLE_BACKGROUND_JOBS: 'false' }).backgroundJobs).toBe(false);
  expect(resolve({}, { ENABLE_BACKGROUND_JOBS: '' }).backgroundJobs).toBe(true);
});

test('the configuration cannot be changed afterwards', () => {
  expect(Object.isFrozen(resolve({}))).toBe(true);
});
