/**
 * Settings: flags win over the environment, the environment over the defaults, and nonsense is refused.
 */
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listen } from '../src/listen.ts';
import { readSettings } from '../src/settings.ts';

function stub(values: Readonly<Record<string, string>>): void {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
}

test('without anything the service listens on loopback and imports its own photos', () => {
  stub({ HOST: '', PORT: '', DROVER_DATA_DIR: '', REDIS_CACHE_URL: '' });
  expect(readSettings([])).toMatchObject({
    ...{ photos: undefined, host: '127.0.0.1', port: undefined, cacheUrl: undefined },
    ...{ data: resolve('.drover/photos'), limits: { fileBytes: 50_000_000, files: 20 } },
  });
});

test('a flag wins over the environment', () => {
  stub({ PORT: '4000', DROVER_DATA_DIR: 'from-environment', PHOTO_MAX_FILES: '3' });
  expect(readSettings(['--port', '5000', '--photos', 'album'])).toMatchObject({
    ...{ port: 5_000, data: resolve('from-environment'), photos: resolve('album') },
    limits: { files: 3 },
  });
});

test('--no-redis removes every part of an address, and the cache', () => {
  stub({
    REDIS_URL: 'redis://a',
    REDIS_PASSWORD: 'p',
    REDIS_DB: '2',
    REDIS_CACHE_URL: 'redis://b',
  });
  expect(readSettings(['--no-redis'])).toMatchObject({ cacheUrl: undefined });
  expect([process.env.REDIS_URL, process.env.REDIS_PASSWORD, process.env.REDIS_DB]).toEqual([
    ...[undefined, undefined, undefined],
  ]);
});

test.each([
  [['--port', '70000'], {}],
  [['--colour', 'red'], {}],
  [[], { PHOTO_MAX_FILES: 'many' }],
  [[], { REDIS_CACHE_URL: 'no address' }],
])('%j with %j is refused in words', (args, environment) => {
  stub(environment);
  expect(() => readSettings(args)).toThrow(/port|colour|PHOTO_MAX_FILES|REDIS_CACHE_URL/);
});

test('--help is answered before anything is read', () => {
  expect(readSettings(['--help'])).toBe('help');
});

test('an asked-for port that is taken is an error, not a surprise', async () => {
  const squatter = createServer();
  await new Promise<void>((done) => squatter.listen(0, '127.0.0.1', done));
  onTestFinished(() => void squatter.close());
  const { port } = squatter.address() as { port: number };
  const app = { fetch: () => new Response() } as never;
  await expect(listen(app, { host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
});
