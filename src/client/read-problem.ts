/**
 * Makes the errors that a caller in the same process would get from the problems that a server answers.
 *
 * A server may be newer than the client, or be a proxy that answers pages: what is not known stays an error with a
 * message, and nothing of a body that is no problem is taken for one.
 */
import { CoordinatorError, ERRORS, type ErrorCode, InputError, RateLimited } from '../errors.ts';
import type { Action } from '../operations/action.ts';

/** What a server says of itself in an error. */
interface Said {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly pointer?: unknown;
  readonly retryAfterMs?: unknown;
  readonly correlationId?: unknown;
}

/** An error of a server, with what its caller may want beside the code. */
export class ServerError extends CoordinatorError {
  override readonly name: string = 'ServerError';
  /** Status of the answer. */
  readonly status: number;
  /** Under this the server's log and audit have it; null: it did not say. */
  readonly correlationId: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    told: { status: number; correlationId: string | null },
  ) {
    super(code, message);
    this.status = told.status;
    this.correlationId = told.correlationId;
  }
}

/** The error that an answer is. `address` has no credentials. */
export async function readProblem(
  response: Response,
  address: string,
  effect: Action['effect'],
): Promise<CoordinatorError> {
  const said = await readSaid(response);
  const { status } = response;
  const correlationId = typeof said.correlationId === 'string' ? said.correlationId : null;
  const message =
    typeof said.detail === 'string' ? said.detail : `${address} answered with status ${status}`;
  const code = isCode(said.code) ? said.code : codeOf(status, effect);
  if (code === 'RATE_LIMITED')
    return new RateLimited(numberOf(said.retryAfterMs) ?? retryAfterOf(response), message);
  if (code === 'INPUT_INVALID' && typeof said.pointer === 'string')
    return new InputError(said.pointer, withoutPointer(message, said.pointer));
  return new ServerError(code, message, { status, correlationId });
}

async function readSaid(response: Response): Promise<Said> {
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text().catch(() => '');
  if (!/json/.test(type)) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Statuses of gateways, and of a server that has no Redis or stops: it may answer later. */
const UNREACHABLE: readonly number[] = [502, 503, 504];

/** Statuses of gateways that have sent it on, and got no answer that they could use. */
const UNANSWERED: readonly number[] = [502, 504];

/** For answers of something that is no Drover. */
function codeOf(status: number, effect: Action['effect']): ErrorCode {
  if (status === 401) return 'NOT_AUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404) return 'NOT_FOUND';
  if (status === 409) return 'STATE_CONFLICT';
  if (status === 429) return 'RATE_LIMITED';
  if (UNANSWERED.includes(status) && effect !== 'reads') return 'OUTCOME_UNKNOWN';
  if (UNREACHABLE.includes(status)) return 'QUEUE_UNAVAILABLE';
  return status >= 500 ? 'UNEXPECTED' : 'INPUT_INVALID';
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function retryAfterOf({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? '');
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 1_000;
}

/** The error puts it in front again. */
function withoutPointer(message: string, pointer: string): string {
  return message.startsWith(`${pointer}: `) ? message.slice(pointer.length + 2) : message;
}
