/**
 * While Redis is away, what needs a queue is answered 503 and when to come again; all other errors stay what they are.
 */
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpStatus,
  Inject,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CoordinatorError } from 'drover';

const RETRY_AFTER_S = 5;

@Catch(CoordinatorError)
export class OutageFilter implements ExceptionFilter<CoordinatorError> {
  private readonly logger = new Logger(OutageFilter.name);

  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(error: CoordinatorError, context: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response = context.switchToHttp().getResponse();
    // An application that is stopping is like one that is away: another instance will answer.
    if (error.retryable || error.code === 'STOPPED') {
      const { code, message } = error;
      const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
      httpAdapter.setHeader(response, 'Retry-After', String(RETRY_AFTER_S));
      httpAdapter.reply(response, { statusCode, code, message }, statusCode);
      return;
    }
    this.logger.error(error.message, error.stack);
    const statusCode = HttpStatus.INTERNAL_SERVER_ERROR;
    httpAdapter.reply(response, { statusCode, message: 'See the log of the service' }, statusCode);
  }
}
