/**
 * Errors as problem JSON (RFC 9457). Drover's errors say themselves whether another try may succeed.
 */
import { CoordinatorError } from 'drover';
import type { ErrorRequestHandler } from 'express';
import { z } from 'zod';

const RETRY_AFTER_S = 5;

/** An answer that is an error, with its status. */
export class HttpProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The last handler of the app. Whatever is nobody's fault but ours goes to the log and not to the client. */
export function sendProblem(warn: (what: string, error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const { status, detail, code } = judge(error);
    if (status === 500) warn(`${request.method} ${request.path} failed`, error);
    if (status === 503) response.set('retry-after', String(RETRY_AFTER_S));
    response.status(status).type('application/problem+json');
    response.send(JSON.stringify({ status, detail, code }));
  };
}

function judge(error: unknown): { status: number; detail: string; code?: string } {
  if (error instanceof CoordinatorError) {
    const { code, message: detail } = error;
    if (error.retryable || code === 'STOPPED') return { status: 503, detail, code };
    if (code === 'DATA_INVALID') return { status: 422, detail, code };
  }
  if (error instanceof z.ZodError) return { status: 422, detail: z.prettifyError(error) };
  if (error instanceof HttpProblem) return { status: error.status, detail: error.message };
  // Errors of Express itself: a body that is no JSON, or too large.
  if (error instanceof Error && 'status' in error && 'expose' in error && error.expose)
    return { status: Number(error.status), detail: error.message };
  return { status: 500, detail: 'See the log of the service' };
}
