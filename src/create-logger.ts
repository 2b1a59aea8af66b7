/**
 * The logger of a coordinator: the one it was given, silence, or pino, pretty where a person reads it.
 */
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Logger } from './config/options.ts';
import type { Config } from './config/resolve-config.ts';

/** The configured logger. */
export function createLogger(config: Pick<Config, 'logger' | 'isTerminal' | 'logLevel'>): Logger {
  if (config.logger) return config.logger;
  if (config.logger === false) return SILENT;
  const options = { level: config.logLevel };
  if (!config.isTerminal) return pino(options);
  const stream = pretty({
    colorize: true,
    sync: true,
    translateTime: 'HH:MM:ss',
    ignore: 'pid,hostname',
    hideObject: true,
  });
  return pino(options, stream);
}

const SILENT: Logger = { info() {}, warn() {}, error() {}, debug() {} };
