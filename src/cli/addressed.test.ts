import { expect, test } from 'vitest';
import { resolveAddress } from '../config/redis-address.ts';
import { addressed } from './addressed.ts';

const at = (url: string, flag: string | null = null) => ({
  redis: resolveAddress(url, undefined)!,
  flag,
});

test('redis-cli goes to the Redis that was examined', () => {
  const set = (url: string): string => addressed('redis-cli CONFIG SET appendonly yes', at(url));
  expect(set('redis://127.0.0.1:6379')).toBe('redis-cli CONFIG SET appendonly yes');
  expect(set('redis://127.0.0.1:7001')).toBe(
    'redis-cli -h 127.0.0.1 -p 7001 CONFIG SET appendonly yes',
  );
  expect(set('rediss://ops:s3cret@db.example.org')).toBe(
    'redis-cli -h db.example.org -p 6379 --tls CONFIG SET appendonly yes',
  );
  expect(set('unix:///run/my%20redis.sock')).toBe(
    "redis-cli -s '/run/my redis.sock' CONFIG SET appendonly yes",
  );
});

test('what has an address of its own keeps it, and so do words that are no commands', () => {
  const target = at('redis://db.example.org');
  for (const text of ['redis-cli -p 26379 SENTINEL CKQUORUM x', 'redis-cli --cluster check a:1'])
    expect(addressed(text, target)).toBe(text);
  expect(addressed('Give it more memory', target)).toBe('Give it more memory');
});

test('drover is given the address only where it was given on the command line', () => {
  const text = 'npx drover redis memory, then drover doctor --fix';
  expect(addressed(text, at('redis://h:1'))).toBe(text);
  expect(addressed(text, at('redis://h:1', 'redis://h:1'))).toBe(
    'npx drover -r redis://h:1 redis memory, then drover -r redis://h:1 doctor --fix',
  );
});
