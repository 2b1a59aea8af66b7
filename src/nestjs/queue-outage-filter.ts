/**
 * An exception filter that answers 503 with `Retry-After` where a queue cannot be used at present.
 *
 * Which errors these are is what the HTTP interface says of them, too: Redis is away, the spool is full, the process
 * stops. All other errors are not caught, and are answered as they would be without it: whether bad data is a mistake of
 * the client's, only the application can tell. The message of the error stays here, since it may name hosts.
 */
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { CoordinatorError } from '../errors.ts';
import { STATUSES } from '../http/problem.ts';

/** What the responses of Express and Fastify have in common. */
interface HttpResponse {
  readonly headersSent?: boolean;
  /** Node's own response, where the framework has another one around it. */
  readonly raw?: { readonly headersSent: boolean; destroy(): unknown };
  destroy?(): unknown;
  status(code: number): this;
  header(name: string, value: string): this;
  send(body: object): unknown;
}

const RETRY_AFTER_SECONDS = '2';

/** What the filter catches: Nest asks by `instanceof`. */
// biome-ignore lint/complexity/noStaticOnlyClass: `@Catch` takes classes
abstract class QueueOutage {
  static [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof CoordinatorError && STATUSES[error.code] === 503;
  }
}

/**
 * `app.useGlobalFilters(new QueueOutageFilter())`, a provider of `APP_FILTER`, or `@UseFilters(QueueOutageFilter)`. On
 * Express and Fastify; what did not come by HTTP gets the error.
 */
@Catch(QueueOutage)
export class QueueOutageFilter implements ExceptionFilter<CoordinatorError> {
  catch(error: CoordinatorError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const response = host.switchToHttp().getResponse<HttpResponse>();
    const sent = response.raw ?? response;
    if (sent.headersSent) {
      sent.destroy?.(); // The client must not take what it has for the whole.
      return;
    }
    response
      .status(503)
      .header('Retry-After', RETRY_AFTER_SECONDS)
      .send({ ...{ statusCode: 503, error: 'Service Unavailable' }, ...wordsOf(error) });
  }
}

function wordsOf({ code }: CoordinatorError): { message: string; code: string } {
  const message =
    code === 'OUTCOME_UNKNOWN'
      ? 'The queue did not answer: this may have been done'
      : 'The queue cannot be used at present: try again later';
  return { message, code };
}
