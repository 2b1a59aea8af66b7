/**
 * Drover's lines through Nest's own logger, which the application has chosen (`app.useLogger`). Pure.
 *
 * A line says all in its message; what it carries beside that is for machines, and Nest's logger has no place for it
 * but the stack of an error.
 */
import { Logger as NestLogger } from '@nestjs/common';
import type { Logger } from '../config/options.ts';

/** A logger for a coordinator. */
export function nestLogger(context = 'Drover'): Logger {
  const nest = new NestLogger(context);
  return {
    info: (_fields, message) => nest.log(message),
    warn: (_fields, message) => nest.warn(message),
    error: (fields, message) => {
      const { stack } = fields as { stack?: unknown };
      if (typeof stack === 'string') nest.error(message, stack);
      else nest.error(message);
    },
    debug: (_fields, message) => nest.debug(message),
  };
}
