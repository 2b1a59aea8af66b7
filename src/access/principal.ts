/**
 * Who asks for something, and what they were given. Shapes only; `roles.ts` judges them.
 */
import type { Permission, Role } from './permissions.ts';

/** Permissions on queues. */
export interface Grant {
  /** Roles and single permissions, together. */
  readonly may: readonly (Role | Permission)[];
  /** Patterns of queue labels, `*` standing for any text. @default every queue */
  readonly queues?: readonly string[];
}

/** How somebody proved who they are. */
export type PrincipalKind =
  | 'token'
  | 'basic'
  | 'jwt'
  | 'proxy'
  | 'application'
  | 'operating-system'
  | 'loopback';

/** Somebody who may ask for something. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** Stays the same for the same person or program; part of the audit. No secret. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly grants: readonly Grant[];
}
