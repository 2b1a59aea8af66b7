/**
 * Says errors to clients: RFC 9457 problems with a stable code.
 *
 * What nobody foresaw is told by a correlation id only; the rest of it is for the log.
 */
import { CoordinatorError, type ErrorCode, InputError, RateLimited } from '../errors.ts';
import { HttpRefusal } from './http-refusal.ts';

/** The body of an answer that is an error. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** The field that is wrong: a JSON Pointer into the input. */
  readonly pointer?: string;
  readonly retryAfterMs?: number;
  readonly correlationId: string;
}

/** Code → the status that says it. 500 is a fault of this process: its message is not for clients. */
export const STATUSES: Readonly<Record<ErrorCode, number>> = {
  ...{ INPUT_INVALID: 400, FILTER_INVALID: 400, PIN_INVALID: 400 },
  ...{ DATA_INVALID: 422, PATCH_INVALID: 422 },
  ...{ NOT_AUTHENTICATED: 401, FORBIDDEN: 403, READ_ONLY: 403 },
  ...{ NOT_FOUND: 404, POOL_UNKNOWN: 404 },
  ...{ CONFIRMATION_NEEDED: 409, STATE_CONFLICT: 409, BULK_REFUSED: 409 },
  ...{ PAYLOAD_UNREADABLE: 409, PAYLOAD_KEY_UNKNOWN: 409, BODY_MISSING: 409 },
  ...{ PAYLOAD_TOO_LARGE: 413, RATE_LIMITED: 429, NOT_SUPPORTED: 501 },
  ...{ QUEUE_UNAVAILABLE: 503, CONNECTION_LOST: 503, OUTCOME_UNKNOWN: 503, POOL_UNDECIDED: 503 },
  ...{
    SPOOL_FULL: 503,
    AUDIT_FAILED: 503,
    SPOOL_UNUSABLE: 503,
    FLOW_INCOMPLETE: 503,
    NOT_REPLICATED: 503,
  },
  ...{ BODY_STORE_UNAVAILABLE: 503, STOPPED: 503 },
  ...{ BACKUP_FAILED: 503, BACKUP_DAMAGED: 409, RESTORE_REFUSED: 409 },
  ...{ CONFIG_INVALID: 500, COMMAND_REFUSED: 500, UNEXPECTED: 500 },
  ...{ JOB_CANCELLED: 500, JOB_TIMED_OUT: 500, JOB_HANDED_BACK: 500, JOB_IS_POISON: 500 },
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be used',
  429: 'Too many requests',
  500: 'Failed',
  501: 'Not supported',
  503: 'Not available',
};

/** When to ask again, where nothing better is known. */
const RETRY_AFTER_MS = 2_000;

/** The problem that an error is. */
export function toProblem(error: unknown, correlationId: string): Problem {
  const status = statusOf(error);
  const known = error instanceof CoordinatorError && status !== 500 ? error : undefined;
  const code = known?.code ?? 'UNEXPECTED';
  const retryAfterMs = retryAfterOf(error, status);
  return {
    type: `urn:drover:problem:${code}`,
    title: TITLES[status] ?? 'Failed',
    status,
    detail: known?.message ?? `Something failed here. The log has it under ${correlationId}`,
    code,
    ...(known instanceof InputError && known.pointer !== '' && { pointer: known.pointer }),
    ...(known?.code === 'FILTER_INVALID' && { pointer: '/filter' }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    correlationId,
  };
}

/** The answer that tells a problem. */
export function toProblemResponse(
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, retryAfterMs } = problem;
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(retryAfterMs !== undefined && {
        'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))),
      }),
      ...headers,
    },
  });
}

/** Whether an error is a fault of this process that its log should have. */
export function isUnforeseen(error: unknown): boolean {
  return statusOf(error) === 500;
}

function statusOf(error: unknown): number {
  if (error instanceof HttpRefusal) return error.status;
  return error instanceof CoordinatorError ? STATUSES[error.code] : 500;
}

function retryAfterOf(error: unknown, status: number): number | undefined {
  if (error instanceof RateLimited) return error.retryAfterMs;
  return status === 503 || status === 429 ? RETRY_AFTER_MS : undefined;
}
