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
