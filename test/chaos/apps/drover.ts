/**
 * The coordinator of the chaos applications, with what an operator would read counted and said.
 */
import { Coordinator, type CoordinatorOptions, type EventName } from 'drover';
import { say, Vitals } from './say.ts';
import type { AppSettings } from './settings.ts';

/** Events that tell of an error; each one counts. */
const ERRORS: readonly EventName[] = ['worker.error', 'connection.error', 'loop.failed'];

/** A coordinator of the settings. */
export function openCoordinator(settings: AppSettings): Coordinator {
  const { redis, whenDown, spoolPath, addTimeoutMs, shutdownMs } = settings;
  const vitals = new Vitals();
  const log = (_fields: object, message: string): void => vitals.log(message);
  const options = {
    name: 'chaos',
    ...('url' in redis
      ? { redisUrl: redis.url }
      : { redis: { sentinels: redis.sentinels, sentinelName: redis.name } }),
    addTimeoutMs,
    ...(whenDown === 'spool' ? { spool: { path: spoolPath } } : { whenDown }),
    shutdownTimeoutMs: shutdownMs,
    logger: { info: log, warn: log, error: log, debug: () => {} },
  };
  const coordinator = new Coordinator(options as CoordinatorOptions);
  for (const name of ERRORS) {
    coordinator.on(name, (payload) => vitals.error(`${name} ${messageIn(payload)}`));
  }
  coordinator.on('connection.ready', ({ role }) => say('ready', role));
  coordinator.on('coordinator.stopped', ({ tookMs, unfinished }) =>
    say('stopped', tookMs, unfinished),
  );
  return coordinator.exitOnSignals();
}

function messageIn(payload: object): string {
  return 'message' in payload ? String(payload.message) : '';
}
