/**
 * The platform as real processes: the built `dist/main.js`, and what a client asks of it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type ChildApp, startApp } from '../../../../test/support/child-app.ts';
import { until } from '../../../../test/support/until.ts';
import type { OrderRequest, OrderView } from '../../src/orders.ts';
import type { Services } from './services.ts';

const ANSWER_MS = 8_000;
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface PlatformOptions {
  readonly services: Services;
  readonly data: string;
  readonly redisUrl?: string;
  /** `web`: takes orders and runs no jobs. @default both */
  readonly role?: 'web' | 'both';
  readonly env?: Readonly<Record<string, string>>;
}

/** One process of the platform. */
export interface Platform extends ChildApp {
  readonly url: string;
}

/** A folder as the processes of one test share it; goes with the test. */
export async function makeData(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-orders-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Returns when it serves, whatever Redis does. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { services, data, redisUrl, role = 'both', env = {} } = options;
  const app = startApp(MAIN, {
    env: {
      ...{ PORT: '0', DROVER_DATA_DIR: data, CALL_TIMEOUT_MS: '20000', ...services.env, ...env },
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
      ...(role === 'web' && { ENABLE_BACKGROUND_JOBS: 'false' }),
    },
  });
  onTestFinished(() => app[Symbol.asyncDispose]());
  const url = /http:\/\/[\d.]+:\d+/.exec(await app.line(/^Orders http/))?.[0];
  if (url === undefined) throw new Error('the platform did not say its address');
  return Object.assign(app, { url });
}

/** Every answer has a status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: each route has a shape of its own, which the test compares.
  readonly body: any;
}

/** Rejects when there is no answer within 8 s: no request may hang, whatever Redis does. */
export async function ask(url: string): Promise<Answer> {
  return toAnswer(await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }));
}

/** As `ask`. `key` is the name under which a repeat does nothing twice. */
export async function post(url: string, body: object = {}, key?: string): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  return toAnswer(await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) }));
}

async function toAnswer(answer: Response): Promise<Answer> {
  const { status, headers } = answer;
  return { status, retryAfter: headers.get('retry-after'), body: await answer.json() };
}

/** An order that is confirmed: the bureau gives this shop Rs 205,500. */
export function goodOrder(shop: Partial<OrderRequest['shop']> = {}): OrderRequest {
  return {
    shop: {
      ...{ name: 'Sita Kirana', phone: '+9779841000001', city: 'Kathmandu', taxId: '301234565' },
      ...shop,
    },
    lines: [{ product: 'rice', quantity: 2 }],
  };
}

/** `until` with the patience of a busy machine. */
export function eventually<T>(
  predicate: () => T | Promise<T>,
  what: string = predicate.toString(),
): ReturnType<typeof until<T>> {
  return until(predicate, { timeoutMs: 80_000, intervalMs: 50, what });
}

/** The order once it has come to an end. */
export function settled(url: string, id: string): Promise<OrderView> {
  return eventually(async () => {
    const { body } = await ask(`${url}/orders/${id}`);
    return body.outcome && (body as OrderView);
  }, `order ${id} has an outcome`);
}
