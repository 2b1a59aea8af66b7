/**
 * What operators see of access and of the audit. Plain JSON; times are epoch ms.
 */
import type { AuditIntent, AuditResult } from '../../access/audit-trail.ts';
import type { Permission } from '../../access/permissions.ts';
import type { Grant, PrincipalKind } from '../../access/principal.ts';

/** An API token, without its secret. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly createdBy: string;
  readonly createdAt: number;
  /** null: it does not expire. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** What a token is made of. */
export interface TokenRequest {
  readonly name: string;
  readonly grants: readonly Grant[];
  /** A duration. @default 90 days; at most 2 years */
  readonly expires?: string;
}

/** A new token. `secret` is shown this once. */
export interface NewToken extends TokenView {
  readonly secret: string;
}

/** Whoever asks. */
export interface MeView {
  readonly kind: PrincipalKind;
  readonly id: string;
  readonly name: string;
  readonly grants: readonly {
    readonly may: readonly Permission[];
    readonly queues: readonly string[];
  }[];
  /** Whether this process changes nothing. */
  readonly isReadOnly: boolean;
}

/** Which entries of the audit. */
export interface AuditQuery {
  readonly queue?: string;
  readonly action?: string;
  readonly actor?: string;
  /** Durations back from now, such as `2h`, or epoch ms in digits. */
  readonly after?: string;
  readonly before?: string;
}

/** An entry of the audit: an action with its result, or only the intention when no result is known. */
export interface AuditEntry extends AuditIntent {
  readonly n: number;
  readonly at: number;
  readonly result: AuditResult['result'] | 'unknown';
  readonly code: string | null;
  readonly tookMs: number | null;
}

/** Some entries, newest first. */
export interface AuditPage {
  readonly rows: readonly AuditEntry[];
  readonly next: string | null;
}

/** Whether the audit is whole. */
export interface AuditVerdict {
  readonly isWhole: boolean;
  /** Numbers of the first and last entry that were checked; null: there is none. */
  readonly from: number | null;
  readonly to: number | null;
  readonly checked: number;
  /** Anchors that were met on the way. */
  readonly anchors: number;
  /** The first thing that is wrong; null when nothing is. */
  readonly fault: string | null;
  /** `<n>:<hash>` of the last entry, to be kept outside of Redis. */
  readonly head: string | null;
}
