/**
 * Everything that can be set from outside, by environment. The only file here that reads it.
 *
 * The address of Redis and `ENABLE_BACKGROUND_JOBS` are read by the coordinator itself.
 */
import { resolve } from 'node:path';
import { z } from 'zod';

const Port = z.coerce.number().int().min(0).max(65_535);
const Milliseconds = z.coerce.number().int().min(1);

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  /** Unset: 3000, or a free one when that is taken. */
  PORT: Port.optional(),
  DROVER_DATA_DIR: z.string().default('.drover/orders'),
  /** Unset: this process starts a fake of its own. */
  WHATSAPP_URL: z.url().optional(),
  CREDIT_BUREAU_URL: z.url().optional(),
  /** What the fakes' faults are drawn from. */
  FAULT_SEED: z.coerce.number().int().default(1),
  CALL_TIMEOUT_MS: Milliseconds.default(1_000),
  /** Half a minute stands for the month that shops have to pay. */
  PAYMENT_TERMS_MS: Milliseconds.default(30_000),
  SCAN_EVERY_MS: Milliseconds.default(5_000),
});

export interface Settings {
  readonly host: string;
  readonly port: number | undefined;
  readonly dataDir: string;
  readonly whatsappUrl: string | undefined;
  readonly bureauUrl: string | undefined;
  readonly faultSeed: number;
  readonly callTimeoutMs: number;
  readonly paymentTermsMs: number;
  readonly scanEveryMs: number;
}

/** @throws with a message for the user when a value is wrong */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const read = Environment.safeParse(Object.fromEntries(given));
  if (!read.success) throw new Error(z.prettifyError(read.error));
  return {
    host: read.data.HOST,
    port: read.data.PORT,
    dataDir: resolve(read.data.DROVER_DATA_DIR),
    whatsappUrl: read.data.WHATSAPP_URL,
    bureauUrl: read.data.CREDIT_BUREAU_URL,
    faultSeed: read.data.FAULT_SEED,
    callTimeoutMs: read.data.CALL_TIMEOUT_MS,
    paymentTermsMs: read.data.PAYMENT_TERMS_MS,
    scanEveryMs: read.data.SCAN_EVERY_MS,
  };
}
