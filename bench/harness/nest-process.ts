/**
 * A child that runs one Nest application, whatever module its queues come from.
 *
 * The two sides differ in the root module alone: `workers/nest-ours.ts` and `workers/nest-peer.ts` make one each and
 * load nothing of the other.
 */
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { monotonicMs, sleep } from './clock.ts';
import { serve } from './serve.ts';

/** What the root module is to have: a queue, a worker and a listener of each name. */
export interface Wanted {
  readonly url: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** The work of every job. */
  readonly run: () => Promise<void>;
}

/** What this child can do. */
export interface NestWorker {
  /** Boots an application. Returns the ms from `create` until it listens. `jobMs` null: its jobs never end. */
  boot(argument: {
    url: string;
    queues: readonly string[];
    concurrency: number;
    jobMs: number | null;
  }): Promise<number>;
  /** How many jobs have begun. */
  begun(argument: null): Promise<number>;
  /** The ms from the beginning of the `from`th job to that of the `to`th, which must have begun. */
  between(argument: { from: number; to: number }): Promise<number>;
  /** Closes. Returns the ms that took, or null when it has not ended after `boundMs`. */
  close(argument: { boundMs: number }): Promise<number | null>;
}

/** Offers an application to the parent process. */
export function serveNest(rootModule: (wanted: Wanted) => Type): void {
  let app: INestApplication | undefined;
  const begunAtMs: number[] = [];

  serve<NestWorker>({
    async boot({ url, queues, concurrency, jobMs }) {
      const run = (): Promise<void> => {
        begunAtMs.push(monotonicMs());
        return jobOf(jobMs);
      };
      const root = rootModule({ url, queues, concurrency, run });
      const startedAt = monotonicMs();
      app = await NestFactory.create(root, { logger: false, abortOnError: false });
      await app.listen(0, '127.0.0.1');
      return monotonicMs() - startedAt;
    },

    async begun() {
      return begunAtMs.length;
    },

    async between({ from, to }) {
      return begunAtMs[to - 1]! - begunAtMs[from - 1]!;
    },

    async close({ boundMs }) {
      const startedAt = monotonicMs();
      const closed = app!.close().then(() => monotonicMs() - startedAt);
      return Promise.race([closed, sleep(boundMs, null)]);
    },
  });
}

function jobOf(jobMs: number | null): Promise<void> {
  if (jobMs === null) return new Promise<never>(() => {});
  return jobMs === 0 ? Promise.resolve() : sleep(jobMs);
}
