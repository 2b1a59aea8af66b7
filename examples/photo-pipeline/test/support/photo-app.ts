/**
 * The service as a real process: the built `dist/main.js`, for signals, outages and exit codes.
 */
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type ChildApp, startApp } from '../../../../test/support/child-app.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface PhotoAppOptions {
  /** @default the sample photos */
  readonly photos?: string;
  readonly data: string;
  readonly redisUrl?: string;
  readonly cacheUrl?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface PhotoApp extends ChildApp {
  readonly url: string;
}

/** Returns when it serves; the import may still be running. */
export async function startPhotoApp(options: PhotoAppOptions): Promise<PhotoApp> {
  const { photos, data, redisUrl, cacheUrl, args = [], env = {} } = options;
  const app = startApp(MAIN, {
    args: [...(photos ? ['--photos', photos] : []), '--data', data, '--port', '0', ...args],
    env: {
      ...env,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
      ...(cacheUrl !== undefined && { REDIS_CACHE_URL: cacheUrl }),
    },
  });
  onTestFinished(() => app[Symbol.asyncDispose]());
  const url = /http:\/\/[\d.]+:\d+/.exec(await app.line(/^Gallery http/))?.[0];
  if (url === undefined) throw new Error('the service did not say its address');
  return Object.assign(app, { url });
}
