/**
 * An API token as it is stored, and how long it is good. Pure.
 *
 * What cannot be read is good for nothing.
 */
import type { Grant, Principal } from './principal.ts';

/** Everything but its secret. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  /** Of the secret: SHA-256 in hex. */
  readonly hash: string;
  readonly grants: readonly Grant[];
  /** Name of whoever made it. */
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** Expired and revoked tokens are shown for so long. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;

/** A stored token; undefined when it cannot be read. */
export function parseToken(id: string, json: string): TokenRecord | undefined {
  try {
    const { name, hash, grants, createdBy, createdAt, expiresAt, revokedAt } = JSON.parse(json);
    const isReadable =
      typeof name === 'string' &&
      typeof hash === 'string' &&
      areGrants(grants) &&
      isTime(expiresAt);
    if (!isReadable || !isTime(revokedAt)) return undefined;
    const by = { createdBy: String(createdBy), createdAt: Number(createdAt) };
    return { id, name, hash, grants, ...by, expiresAt, revokedAt };
  } catch {
    return undefined;
  }
}

/** Whether it is good at this moment. */
export function isGood({ expiresAt, revokedAt }: TokenRecord, now: number): boolean {
  return revokedAt === null && (expiresAt === null || now < expiresAt);
}

/** Whether it has been good for nothing for so long that it can be forgotten. */
export function isForgettable({ expiresAt, revokedAt }: TokenRecord, now: number): boolean {
  const ended = Math.min(
    expiresAt ?? Number.POSITIVE_INFINITY,
    revokedAt ?? Number.POSITIVE_INFINITY,
  );
  return now - ended > KEPT_MS;
}

/** Who somebody with this token is. */
export function principalOfToken({ id, name, grants }: TokenRecord): Principal {
  return { kind: 'token', id, name, grants };
}

function areGrants(value: unknown): value is readonly Grant[] {
  return (
    Array.isArray(value) &&
    value.every(
      (grant) => isTexts(grant?.may) && (grant.queues === undefined || isTexts(grant.queues)),
    )
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isTime(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}
