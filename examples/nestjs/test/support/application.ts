/**
 * The application as a real process: the built `dist/main.js`, and what a client asks of it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type ChildApp, startApp } from '../../../../test/support/child-app.ts';
import { until } from '../../../../test/support/until.ts';
import type { Platform } from '../../src/create-app.ts';

const ANSWER_MS = 8_000;
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface ApplicationOptions {
  readonly platform?: Platform;
  /** Undefined: none is configured. */
  readonly redisUrl?: string | undefined;
  /** A folder that another process has used. @default a new one */
  readonly data?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One process of the application. */
export interface Application extends ChildApp {
  readonly url: string;
}

/** A folder that goes with the test. */
export async function makeData(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-nest-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Returns when it serves, whatever Redis does. */
export async function startApplication(options: ApplicationOptions = {}): Promise<Application> {
  const { platform = 'express', redisUrl, data = await makeData(), env = {} } = options;
  const app = startApp(MAIN, {
    args: ['--platform', platform],
    env: {
      ...{ PORT: '0', DROVER_DATA_DIR: data, NO_COLOR: '1', ...env },
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    },
  });
  onTestFinished(() => app[Symbol.asyncDispose]());
  const url = /http:\/\/[\d.]+:\d+/.exec(await app.line(/^Photos http/))?.[0];
  if (url === undefined) throw new Error('the application did not say its address');
  return Object.assign(app, { url });
}

/** Every answer has a status; its body is read as JSON where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: each route has a shape of its own, which the test compares.
  readonly body: any;
}

/** Rejects when there is no answer within 8 s: no request may hang, whatever Redis does. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
  const { status, headers } = answer;
  const isJson = /json/.test(headers.get('content-type') ?? '');
  const body = isJson ? await answer.json() : Buffer.from(await answer.arrayBuffer());
  return { status, retryAfter: headers.get('retry-after'), body };
}

export function send(url: string, photo: Buffer, type = 'image/jpeg'): Promise<Answer> {
  const headers = { 'content-type': type };
  return ask(`${url}/photos`, { method: 'POST', headers, body: new Uint8Array(photo) });
}

/** The photo once it is done or has failed. */
export function settled(url: string, id: string): Promise<Answer['body']> {
  return until(
    async () => {
      const { body } = await ask(`${url}/photos/${id}`);
      return (body.status === 'done' || body.status === 'failed') && body;
    },
    { timeoutMs: 60_000, intervalMs: 50, what: `photo ${id} is settled` },
  );
}
