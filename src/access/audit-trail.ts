/**
 * What is written down of each action, and where it goes: the shapes that the gate and the audit share.
 *
 * An action is written down before it is done, and its result after it: whoever is killed between the two leaves an
 * intention without a result, never a deed without a trace.
 */
import type { Principal } from './principal.ts';

/** Something that somebody is about to do. */
export interface AuditIntent {
  /** Name of the action. */
  readonly action: string;
  readonly actor: Pick<Principal, 'kind' | 'id' | 'name'>;
  /** Label of the queue; null when it is about none. */
  readonly queue: string | null;
  /** The fields of the request, without what is secret. Plain JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Where from; null when it was asked in this process. */
  readonly address: string | null;
  readonly correlationId: string;
}

/** How it ended. */
export interface AuditResult {
  readonly result: 'done' | 'failed' | 'refused';
  /** Code of the error; null when it is done. */
  readonly code: string | null;
}

/** Somewhere that actions are written down. */
export interface AuditTrail {
  /** Resolves when it is written down; only then may the action be done. The answer names it for `end`. */
  begin(intent: AuditIntent): Promise<string>;
  end(id: string, intent: AuditIntent, result: AuditResult): Promise<void>;
  /** Something that was asked for and not allowed. */
  refuse(intent: AuditIntent, result: AuditResult): Promise<void>;
}
