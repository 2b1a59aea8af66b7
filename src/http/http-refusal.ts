/**
 * A request that is refused by the rules of HTTP, before any action hears of it.
 */
import { CoordinatorError } from '../errors.ts';

/** Statuses that no error code stands for by itself. */
export type RefusalStatus = 400 | 405 | 413 | 415;

/** A request that cannot be taken as it is. */
export class HttpRefusal extends CoordinatorError {
  override readonly name: string = 'HttpRefusal';
  readonly status: RefusalStatus;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: RefusalStatus, message: string, headers: Record<string, string> = {}) {
    super('INPUT_INVALID', message);
    this.status = status;
    this.headers = headers;
  }
}
