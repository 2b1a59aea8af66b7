/**
 * Actions on API tokens and on the audit: the catalogue.
 */
import type { Actions } from '../action.ts';
import type {
  AuditPage,
  AuditQuery,
  AuditVerdict,
  MeView,
  NewToken,
  TokenRequest,
  TokenView,
} from './access-views.ts';

/** What goes in and comes out. */
export interface AccessActionTypes {
  'access.me': { input: Record<never, never>; output: MeView };
  'tokens.list': { input: Record<never, never>; output: readonly TokenView[] };
  'tokens.create': { input: TokenRequest; output: NewToken };
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
    ...{ route: 'GET /api/v1/me', permission: 'known', scope: 'fleet', effect: 'reads' },
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
