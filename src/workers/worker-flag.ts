/**
 * What a process must keep to until it is told otherwise, as text and back. Pure.
 *
 * A flag names the heartbeat that it is meant for by its token: a process that comes back under the same host and pid,
 * as it does in a container, is another one and not quiet.
 */

/** The flag of a process. */
export interface WorkerFlag {
  readonly quiet: boolean;
  /** Of the heartbeat. */
  readonly token: string;
  readonly by: string;
  readonly reason: string | null;
  /** Epoch ms. */
  readonly at: number;
}

/** The flag in a text, when it is meant for the heartbeat with this token. */
export function parseFlag(text: string | null | undefined, token: string): WorkerFlag | undefined {
  if (!text) return undefined;
  try {
    const stored = JSON.parse(text) as Partial<Record<keyof WorkerFlag, unknown>> | null;
    if (stored?.token !== token) return undefined;
    const { quiet, by, reason, at } = stored;
    return {
      ...{ quiet: quiet === true, token, by: typeof by === 'string' ? by : '' },
      reason: typeof reason === 'string' ? reason : null,
      at: typeof at === 'number' && Number.isFinite(at) ? at : 0,
    };
  } catch {
    return undefined;
  }
}
