/**
 * Errors of requests as problem JSON (RFC 9457), with the stable `code` and what to do as extension members.
 */
import { ADVICE } from './advice.ts';
import { PHOTO_ERRORS, type PublicError } from './photo-error.ts';

/** @param extra  further members, e.g. what became of the other photos of the request */
export function toProblem({ code, message }: PublicError, extra: object = {}): Response {
  const { status, title } = PHOTO_ERRORS[code];
  const advice = ADVICE[code];
  const body = { type: 'about:blank', title, status, code, detail: message, advice, ...extra };
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  };
  if (status === 503) headers['retry-after'] = '30';
  return new Response(JSON.stringify(body), { status, headers });
}
