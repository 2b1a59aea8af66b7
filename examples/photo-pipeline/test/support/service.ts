/**
 * The service inside the test's process, on a free port: for what needs no signals and no exit codes.
 *
 * Without an address of Redis it is the service that is not configured, whatever the environment says.
 */
import { Coordinator } from 'drover';
import { http } from 'drover/http';
import { onTestFinished, vi } from 'vitest';
import { listen } from '../../src/listen.ts';
import { Live } from '../../src/live.ts';
import { createPipeline, type Pipeline } from '../../src/pipeline.ts';
import { createApp } from '../../src/server.ts';
import { Storage } from '../../src/storage.ts';
import { DEFAULT_LIMITS, type UploadLimits } from '../../src/upload.ts';
import { makeFolder } from './folders.ts';

export interface ServiceOptions {
  readonly redisUrl?: string;
  readonly cacheUrl?: string;
  readonly limits?: Partial<UploadLimits>;
  /** A folder that another service has used. @default a new one */
  readonly data?: string;
}

export interface Service {
  readonly url: string;
  readonly data: string;
  readonly storage: Storage;
  readonly pipeline: Pipeline;
  readonly coordinator: Coordinator;
  /** What it found worth a line. */
  readonly warnings: string[];
  stop(): Promise<void>;
}

/** Started as `main.ts` does it, without an import; ends with the test. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const { redisUrl, cacheUrl, limits, data = await makeFolder() } = options;
  forgetEnvironment();
  const warnings: string[] = [];
  const warn = (line: string): void => void warnings.push(line);
  const storage = new Storage(data);
  await storage.open();
  const coordinator = new Coordinator({ name: 'photos', logger: false, redisUrl });
  const pipeline = createPipeline(coordinator, storage, { cacheUrl, warn });
  await pipeline.catalogue.load();
  const live = new Live(coordinator, pipeline.catalogue);
  const app = createApp({
    ...{ pipeline, storage, live, warn, health: http(coordinator, { dashboard: false }).fetch },
    ops: http(coordinator, { basePath: '/ops' }).fetch,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const stop = async (): Promise<void> => {
    live.stop();
    await pipeline.stop();
    await coordinator.stop({ timeoutMs: 2_000 });
    await server.stop();
  };
  onTestFinished(stop);
  await coordinator.start();
  return { url: server.url, data, storage, pipeline, coordinator, warnings, stop };
}

function forgetEnvironment(): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('REDIS_')) vi.stubEnv(name, '');
  }
}
