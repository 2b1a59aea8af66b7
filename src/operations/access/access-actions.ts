/**
 * Actions on API tokens and on the audit: the catalogue.
 */
import type { Grant } from '../../access/principal.ts';
import type { Actions } from '../action.ts';
import type { AuditPage, AuditVerdict, MeView, NewToken, TokenView } from './access-views.ts';

/** Which entries of the audit. */
export interface AuditQuery {
  readonly queue?: string;
  readonly action?: string;
  readonly actor?: string;
  /** Durations back from now, such as `2h`, or epoch ms in digits. */
  readonly after?: string;
  readonly before?: string;
}

/** What goes in and comes out. */
export interface AccessActionTypes {
  'access.me': { input: Record<never, never>; output: MeView };
  'tokens.list': { input: Record<never, never>; output: readonly TokenView[] };
  'tokens.create': {
    /** `expires`: a duration, 90 days by default, at most 2 years. */
    input: { readonly name: string; readonly grants: readonly Grant[]; readonly expires?: string };
    output: NewToken;
  };
  'tokens.revoke': { input: { readonly token: string }; output: TokenView };
  'audit.list': {
    input: AuditQuery & { readonly cursor?: string; readonly limit?: number };
    output: AuditPage;
  };
  'audit.export': { input: AuditQuery; output: AsyncIterable<string> };
  'audit.verify': {
    /** `anchor`: `<n>:<hash>` as it was kept elsewhere. */
    input: { readonly anchor?: string };
    output: AuditVerdict;
  };
}

/** Tokens and audit. */
export const ACCESS_ACTIONS: Actions<AccessActionTypes> = {
  'access.me': {
    ...{ route: 'GET /api/v1/me', permission: 'queues.read', scope: 'each', effect: 'reads' },
    says: 'Who asks, and what they may do.',
  },
  'tokens.list': {
    ...{ route: 'GET /api/v1/tokens', permission: 'tokens.manage', scope: 'fleet' },
    effect: 'reads',
    says: 'API tokens, without their secrets.',
  },
  'tokens.create': {
    ...{ route: 'POST /api/v1/tokens', permission: 'tokens.manage', scope: 'fleet' },
    effect: 'changes',
    says: 'Makes an API token. Its secret is in this answer and nowhere else. Nobody can give more than they have.',
  },
  'tokens.revoke': {
    ...{ route: 'DELETE /api/v1/tokens/:token', permission: 'tokens.manage', scope: 'fleet' },
    effect: 'changes',
    says: 'A token is good no more, within seconds in every process.',
  },
  'audit.list': {
    ...{ route: 'GET /api/v1/audit', permission: 'audit.read', scope: 'fleet', effect: 'reads' },
    says: 'Who did what to what, when, from where, with which result; newest first.',
  },
  'audit.export': {
    ...{ route: 'GET /api/v1/audit.ndjson', permission: 'audit.read', scope: 'fleet' },
    ...{ effect: 'reads', answers: 'lines' },
    says: 'The audit as NDJSON, oldest first.',
  },
  'audit.verify': {
    ...{ route: 'GET /api/v1/audit/verification', permission: 'audit.read', scope: 'fleet' },
    effect: 'reads',
    says: 'Whether the chain of the audit is whole, from the oldest entry or anchor on.',
  },
};
