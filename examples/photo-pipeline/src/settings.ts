/**
 * Everything that can be set from outside: flags first, then environment, then defaults.
 *
 * The only file of this service that reads the environment. The address of the job Redis is read by the
 * coordinator itself (`REDIS_URL` or `REDIS_HOST` ...); `--no-redis` removes it before it can.
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { DEFAULT_LIMITS, type UploadLimits } from './upload.ts';

export interface Settings {
  /** Folder to import; `undefined` imports the sample photos. */
  readonly photos: string | undefined;
  readonly data: string;
  readonly host: string;
  /** `undefined`: 3000, or any free port when that is taken. */
  readonly port: number | undefined;
  readonly cacheUrl: string | undefined;
  readonly concurrency: number;
  readonly limits: UploadLimits;
}

const Port = z.coerce.number().int().min(0).max(65_535);
const Count = z.coerce.number().int().min(1);

const Environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: Port.optional(),
  DROVER_DATA_DIR: z.string().min(1).default('.drover/photos'),
  REDIS_CACHE_URL: z.url().optional(),
  PHOTO_CONCURRENCY: Count.default(availableParallelism()),
  PHOTO_MAX_FILE_BYTES: Count.default(DEFAULT_LIMITS.fileBytes),
  PHOTO_MAX_FILES: Count.default(DEFAULT_LIMITS.files),
  PHOTO_MAX_REQUEST_BYTES: Count.default(DEFAULT_LIMITS.requestBytes),
});

export const USAGE = `photo-pipeline [--photos DIR] [--data DIR] [--host HOST] [--port PORT] [--no-redis]

  --photos DIR  import the images below DIR instead of the sample photos
  --data DIR    where originals and results are kept (DROVER_DATA_DIR)
  --host HOST   address to listen on, 127.0.0.1 unless given (HOST)
  --port PORT   port to listen on, 3000 or a free one unless given (PORT)
  --no-redis    run without queues, whatever REDIS_URL says`;

/** @returns the settings, or `'help'` @throws with a message for the user when a value is wrong */
export function readSettings(args: readonly string[]): Settings | 'help' {
  const flags = parseFlags(args);
  if (flags.help) return 'help';
  if (flags['no-redis']) forgetRedis();
  const environment = Environment.safeParse(withoutEmpty(process.env));
  if (!environment.success) throw new Error(z.prettifyError(environment.error));
  const found = environment.data;
  return {
    photos: flags.photos === undefined ? undefined : resolve(flags.photos),
    data: resolve(flags.data ?? found.DROVER_DATA_DIR),
    host: flags.host ?? found.HOST,
    port: flags.port === undefined ? found.PORT : parsePort(flags.port),
    cacheUrl: flags['no-redis'] ? undefined : found.REDIS_CACHE_URL,
    concurrency: found.PHOTO_CONCURRENCY,
    limits: {
      fileBytes: found.PHOTO_MAX_FILE_BYTES,
      files: found.PHOTO_MAX_FILES,
      requestBytes: found.PHOTO_MAX_REQUEST_BYTES,
    },
  };
}

function parseFlags(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      photos: { type: 'string' },
      data: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string' },
      'no-redis': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  }).values;
}

function parsePort(text: string): number {
  const port = Port.safeParse(text);
  if (!port.success) throw new Error(`--port must be 0 to 65535, got ${text}`);
  return port.data;
}

/** Any part of an address names a Redis, a password alone too. */
function forgetRedis(): void {
  for (const part of ['URL', 'HOST', 'PORT', 'USERNAME', 'PASSWORD', 'DB', 'TLS']) {
    delete process.env[`REDIS_${part}`];
  }
}

/** An empty variable is how many shells and compose files say "not set". */
function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}
