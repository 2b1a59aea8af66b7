/**
 * What the harness tells an application when it starts it: one JSON object in the environment.
 *
 * The same object serves both sides, Drover and bare BullMQ, and both roles, worker and producer.
 */

/** Where Redis is. */
export type RedisPlace =
  | { readonly url: string }
  | {
      readonly sentinels: ReadonlyArray<{ readonly host: string; readonly port: number }>;
      readonly name: string;
    };

/** How an application behaves. */
export interface AppSettings {
  readonly redis: RedisPlace;
  readonly queue: string;
  readonly concurrency: number;
  readonly jobMs: number;
  /** Absent: the side's own default. */
  readonly lockMs?: number;
  readonly stalledMs?: number;
  readonly shutdownMs: number;
  readonly whenDown: 'fail' | 'wait' | 'spool';
  readonly addTimeoutMs: number;
  readonly spoolPath?: string;
  readonly addsPerSecond: number;
  /** The producer stops by itself after so many. */
  readonly mostJobs: number;
  /** Adds parents with two children instead of single jobs. */
  readonly flows: boolean;
  /** Every id begins with it. */
  readonly ids: string;
}

/** The variable that carries them. */
export const SETTINGS_VARIABLE = 'CHAOS_SETTINGS';

/** Reads what the harness has said. */
export function readSettings(): AppSettings {
  return JSON.parse(process.env[SETTINGS_VARIABLE] ?? '{}') as AppSettings;
}
