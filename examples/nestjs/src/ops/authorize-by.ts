/**
 * Who may operate: whoever sends the token. An application with users would ask its own sessions here.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { DashboardAuthorize } from 'drover/nestjs';

/** Lets in whoever sends `Authorization: Bearer <token>`. */
export function authorizeBy(token: string): DashboardAuthorize {
  const wanted = digest(`Bearer ${token}`);
  return ({ headers }) =>
    // Digests have one length, as the comparison wants it; its time tells nothing of the token.
    timingSafeEqual(digest(headers.get('authorization') ?? ''), wanted)
      ? { kind: 'application', id: 'ops-token', name: 'Operators', grants: [{ may: ['operator'] }] }
      : null;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
