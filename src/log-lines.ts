/**
 * The wording of every log line: events in, lines out. No other file of the library logs.
 *
 * One line per change of state; what repeats is told at the 1st, 2nd, 4th, 8th … time. The wordings of
 * connection lines are fixed: people grep for them.
 */
import { isWorthTelling } from './base/backoff.ts';
import { formatDuration, formatSize } from './base/units.ts';
import type { Logger } from './config/options.ts';
import type { CoordinatorEvents, EventBus, EventName, SocketRole } from './events.ts';
import { bytesInWords } from './health/in-words.ts';
import { refusalOf } from './redis/connection-lost.ts';

/** From this repetition on a socket that is down tells for itself, too. */
const LATE_COUNT = 8;

const LABEL: Readonly<Record<SocketRole, string>> = {
  command: '[Queue]',
  wait: '[Worker]',
  events: '[Events]',
  bulk: '[Bulk]',
};

type Line = readonly [level: keyof Logger, message: string];
type Wording = { [N in EventName]: (payload: CoordinatorEvents[N]) => Line | null };

const WORDING: Wording = {
  'redis.unconfigured': () => [
    'warn',
    '⚠️  Redis not configured - queues disabled (set redisUrl or REDIS_URL)',
  ],
  'connection.connected': ({ role, repeated }) =>
    tellsSteps(role) && isNews(repeated) ? ['info', `✅ ${LABEL[role]} Redis connected`] : null,
  'connection.ready': ({ role, afterMs, repeated }) =>
    isNews(repeated) || afterMs >= LONG_MS
      ? [
          'info',
          `✅ ${LABEL[role]} Redis connection ready${afterMs > 0 ? ` after ${formatDuration(afterMs)}` : ''}`,
        ]
      : null,
  'connection.error': ({ role, message, repeated }) =>
    isWorthTellingOf(role, repeated)
      ? [
          'error',
          `❌ ${LABEL[role]} Redis error: ${message}${repeated > 1 ? ` (${repeated} times)` : ''}`,
        ]
      : null,
  'connection.closed': ({ role, repeated }) =>
    isNews(repeated) ? ['warn', `⚠️  ${LABEL[role]} Redis connection closed`] : null,
  'connection.reconnecting': ({ role, repeated }) =>
    tellsSteps(role) && isNews(repeated)
      ? ['warn', `🔄 ${LABEL[role]} Redis reconnecting...`]
      : null,
  'connection.retried': ({ role, attempt, delayMs, repeated }) =>
    isWorthTellingOf(role, attempt) && (attempt > 1 || (tellsSteps(role) && isNews(repeated)))
      ? ['warn', `⚠️  ${LABEL[role]} Redis retry attempt ${attempt}, waiting ${delayMs}ms`]
      : null,
  'connection.rebuilt': ({ role, repeated }) =>
    isWorthTelling(repeated)
      ? ['warn', `⚠️  ${LABEL[role]} Redis client had ended by itself: a new one is made`]
      : null,
  'operator.acted': ({ action, actor, queue, result, code }) => [
    result === 'done' || result === 'begun' ? 'info' : 'warn',
    `👤 ${actor}: ${action}${queue === null ? '' : ` on ${queue}`}: ${result}${code === null ? '' : ` (${code})`}`,
  ],
  'audit.anchored': ({ n, hash }) => ['info', `🔗 Audit anchor ${n}:${hash}`],
  'audit.held': ({ reason }) => [
    'warn',
    `⚠️  Results of actions are kept in memory until the audit can be written: ${reason}`,
  ],
  'audit.resumed': ({ written, lost }) => [
    lost > 0 ? 'error' : 'info',
    `${lost > 0 ? '❌' : '✅'} ${written} held entries are in the audit${lost > 0 ? `; ${lost} were too many and are in the log only` : ''}`,
  ],
  'logins.limited': ({ address, reason, waitMs }) => [
    'warn',
    `⚠️  Too many ${reason} from ${address}: it must wait ${Math.ceil(waitMs / 1_000)} s`,
  ],
  'http.failed': ({ route, message, correlationId }) => [
    'error',
    `❌ ${route} failed: ${message} (request ${correlationId})`,
  ],
  'connection.ended': ({ role, attempts }) => [
    'error',
    `❌ ${LABEL[role]} Redis connection failed after ${attempts} retries`,
  ],
  'connections.exceeded': ({ seen, expected, maxClients }) => [
    'warn',
    `⚠️  ${seen} Redis connections of this application, ${expected} expected${maxClients ? ` (server allows ${maxClients})` : ''}: is a coordinator made more than once per process?`,
  ],
  'connections.repeated': ({ host, pid, coordinators }) => [
    'warn',
    `⚠️  This process (${host}:${pid}) has ${coordinators} coordinators on the same Redis, each with connections of its own: make one and share it. In Nest, import the module once, or give each import within one application the same redisUrl`,
  ],
  'redis.refused': ({ message }) => ['error', `❌ ${message}`],
  'redis.accepted': ({ reason, afterMs }) => [
    'info',
    `✅ Redis takes commands again (${reason} is over after ${formatDuration(afterMs)})`,
  ],
  'redis.warned': ({ message }) => ['warn', `⚠️  ${message}`],
  'redis.emptied': () => [
    'error',
    '❌ Redis came back without its data: jobs that it had accepted are gone. What the spool holds is sent; add again what must not be missing',
  ],
  'redis.failed-over': ({ lostBytes }) =>
    lostBytes > 0
      ? [
          'error',
          `❌ A replica was promoted that lacks at least ${lostBytes} bytes of writes: the last jobs and acknowledgements may be gone. The durability option of a queue prevents that`,
        ]
      : ['warn', '⚠️  A replica was promoted; no write is known to be missing'],
  'events.lost': ({ stream, from, to }) => [
    'warn',
    `⚠️  Events of ${stream} between ${from} and ${to} may be missing: the listener was slower than the stream is trimmed`,
  ],
  // `redis.refused` has said so, once for all queues and jobs.
  'fetch.held': () => null,
  'fetch.resumed': () => null,
  'ack.retried': ({ queue, jobId, try: tries, reason }) =>
    isWorthTelling(tries) && !isRefusal(reason)
      ? ['warn', `⚠️  Acknowledging job ${jobId} of ${queue} again (try ${tries}): ${reason}`]
      : null,
  'payload.unreadable': ({ queue, jobId, code, message, repeated }) =>
    isWorthTelling(repeated)
      ? [
          'error',
          `❌ A payload of job ${jobId} of ${queue} cannot be read (${code}): ${message}${repeated > 1 ? ` (${repeated} times)` : ''}`,
        ]
      : null,
  'payload.held': ({ queue, message }) => [
    'warn',
    `⚠️  Large payloads of ${queue} wait for their store: ${message}`,
  ],
  'payload.resumed': ({ queue, heldMs }) => [
    'info',
    `✅ The store of large payloads of ${queue} answers again after ${formatDuration(heldMs)}`,
  ],
  'spool.filled': ({ queue }) => [
    'warn',
    `⚠️  Jobs for ${queue} are kept on the local disk until Redis takes them`,
  ],
  'spool.sent': ({ queue, sent, left }) => [
    'info',
    `🔄 Sending what was kept for ${queue}: ${sent} jobs sent, ${left} left`,
  ],
  'spool.emptied': ({ queue, sent, tookMs }) => [
    'info',
    `✅ All ${sent} jobs that were kept for ${queue} are in Redis, after ${formatDuration(tookMs)}`,
  ],
  'spool.refused': ({ queue, jobs, message, path }) => [
    'error',
    `❌ Redis does not take ${jobs} kept jobs for ${queue} (${message}): they are in ${path}`,
  ],
  'spool.damaged': ({ path, unreadBytes, jobs }) => [
    'error',
    `❌ ${unreadBytes} bytes of the spool cannot be read: the file is kept as ${path}; ${jobs} jobs could be read and are sent`,
  ],
  'spool.taken-over': ({ jobs }) => [
    'info',
    `🔄 ${jobs} jobs that an earlier process had kept are sent by this one`,
  ],
  'spool.failed': ({ message, repeated }) =>
    isWorthTelling(repeated)
      ? [
          'error',
          `❌ What was kept cannot be sent: ${message}${repeated > 1 ? ` (${repeated} times)` : ''}`,
        ]
      : null,
  'orphans.restored': ({ queue, restored, jobIds }) => [
    'warn',
    `⚠️  ${restored} jobs of ${queue} were stored by halves and are in the queue again: ${jobIds.join(', ')}${restored > jobIds.length ? ' …' : ''}`,
  ],
  'processor.registered': ({ queue, concurrency, hasPool }) => [
    'info',
    `✅ Registered ${queue} processor, ${hasPool ? 'a pool of up to ' : ''}${concurrency} at a time`,
  ],
  'processor.rejected': ({ queue, message }) => [
    'error',
    `❌ Failed to register ${queue} processor: ${message}`,
  ],
  'job.failed': ({ queue, jobId, jobName, attempt, maxAttempts, final, message }) => [
    final ? 'error' : 'warn',
    `${final ? '❌' : '⚠️ '} Job ${jobName} ${jobId} of ${queue} failed${final ? ' for good' : ''} (attempt ${attempt} of ${maxAttempts}): ${message}`,
  ],
  'job.abandoned': ({ queue, jobId, jobName, timeoutMs, graceMs }) => [
    'warn',
    `⚠️  Job ${jobName} ${jobId} of ${queue} took longer than ${formatDuration(timeoutMs)} and went on ${formatDuration(graceMs)} after its signal: its slot is free, it may still be running`,
  ],
  'result.ignored': ({ queue, jobId, jobName, outcome, lateMs }) => [
    'warn',
    `⚠️  Job ${jobName} ${jobId} of ${queue} ${outcome} ${formatDuration(lateMs)} after it was abandoned: ignored`,
  ],
  'job.timed-out': ({ queue, jobId, jobName, timeoutMs }) => [
    'debug',
    `⏱️  Job ${jobName} ${jobId} of ${queue} took longer than ${formatDuration(timeoutMs)} and was told to stop`,
  ],
  'job.cancelled': ({ queue, jobId, jobName }) => [
    'info',
    `⏹️  Job ${jobName} ${jobId} of ${queue} was cancelled while it ran`,
  ],
  'job.stalled': ({ queue, jobId }) => [
    'warn',
    `⚠️  Job ${jobId} of ${queue} stalled: its worker lost the lock; it runs again`,
  ],
  'job.condemned': ({ queue, jobId, jobName, kills }) => [
    'error',
    `❌ Job ${jobName} ${jobId} of ${queue} is given up: its process ended ${kills} times while it ran`,
  ],
  'bulk.started': ({ id, kind, queue, actor, total }) => [
    'info',
    `🔄 ${actor} has ${kind} ${id} begin: ${total} dead letters of ${queue}`,
  ],
  'bulk.paused': ({ id, kind, queue, reason }) => [
    'warn',
    `⚠️  ${kind} ${id} of ${queue} is paused: ${reason}`,
  ],
  'bulk.resumed': ({ id, kind, queue, actor }) => [
    'info',
    `🔄 ${kind} ${id} of ${queue} goes on, by ${actor}`,
  ],
  'bulk.finished': ({ id, kind, queue, state, done, skipped, failed, undone, tookMs }) => [
    state === 'failed' || failed > 0 ? 'warn' : 'info',
    `${state === 'failed' || failed > 0 ? '⚠️ ' : '✅'} ${kind} ${id} of ${queue} is ${state} after ${formatDuration(tookMs)}: ${done} done, ${skipped} skipped, ${failed} failed${undone > 0 ? `, ${undone} undone` : ''}`,
  ],
  'worker.error': ({ queue, message, repeated }) =>
    isWorthTelling(repeated) && !isRefusal(message)
      ? ['error', `❌ Worker of ${queue}: ${message}${repeated > 1 ? ` (${repeated} times)` : ''}`]
      : null,
  'workers.quieted': ({ by, reason }) => [
    'warn',
    `🔇 ${by} has this process take no new jobs${reason === null ? '' : `: ${reason}`}`,
  ],
  'workers.resumed': () => ['info', '🔊 This process takes jobs again'],
  'worker.rebuilt': ({ queue, reason, rebuilds }) =>
    isWorthTelling(rebuilds)
      ? [
          'warn',
          `⚠️  Worker of ${queue} rebuilt: ${reason}${rebuilds > 1 ? ` (${rebuilds} times)` : ''}`,
        ]
      : null,
  'queue.health-changed': ({ queue, from, to, reasons }) => {
    const why = reasons.map(({ message }) => message).join('; ');
    if (to === 'healthy') return ['info', `✅ Queue ${queue} is healthy again, it was ${from}`];
    if (to === 'paused') return ['info', `Queue ${queue} is ${why}`];
    return ['warn', `⚠️  Queue ${queue} is ${to}: ${why}`];
  },
  'pool.scaled': ({ queue, reason }) => ['info', `↕️  Pool of ${queue}: ${reason}`],
  'pool.frozen': ({ queue, target, reason }) => [
    'warn',
    `⚠️  Pool of ${queue} ${target === null ? 'is not scaled' : `keeps its target of ${target}`}: ${reason}`,
  ],
  'pool.resumed': ({ queue }) => ['info', `✅ Pool of ${queue} is scaled again`],
  'pools.too-many': ({ scaled }) => [
    'warn',
    `⚠️  The fleet has more than ${scaled} pools: the others are not scaled, and open slots of their own`,
  ],
  'pool.superseded': ({ queues, queue }) => [
    'warn',
    `⚠️  Another process scales ${queues === 1 ? `the pool of ${queue}` : `${queues} pools, that of ${queue} among them`}: this one no longer does`,
  ],
  'pools.unled': ({ pools, reason }) => [
    'warn',
    `⚠️  Nobody says how many slots the pools of this process have (${reason}): it opens its own for ${listOf(pools)}`,
  ],
  'pools.led': ({ pools }) => ['info', `✅ The fleet scales ${listOf(pools)} again`],
  'pools.held-back': ({ wanted, capacity, reason }) => [
    'warn',
    `⚠️  Only ${capacity} of ${wanted} slots are open here: ${reason}`,
  ],
  'pools.released': () => ['info', '✅ All slots that the pools should have are open here again'],
  'retention.swept': ({ queue, completed, failed, freedBytes }) => [
    'debug',
    `Queue ${queue}: ${completed} completed and ${failed} failed jobs were too old or too many and are gone, about ${bytesInWords(freedBytes)} of Redis`,
  ],
  'retention.over-budget': ({ queue, usedBytes, maxBytes }) => [
    'warn',
    `⚠️  Queue ${queue} takes ${bytesInWords(usedBytes)} of Redis, more than its ${bytesInWords(maxBytes)}, and has no finished jobs left that could go`,
  ],
  'metrics.dropped': ({ minutes }) => [
    'warn',
    `⚠️  Redis has been away for long: figures of jobs older than ${minutes} minutes are given up`,
  ],
  'payload.large': ({ queue, kind, bytes, maxBytes, repeated }) =>
    isWorthTelling(repeated)
      ? [
          'warn',
          `⚠️  The ${kind} of a job of ${queue} has ${bytes} of at most ${maxBytes} bytes${repeated > 1 ? ` (${repeated} times)` : ''}`,
        ]
      : null,
  'bodies.unavailable': ({ store, message, repeated }) =>
    isWorthTelling(repeated)
      ? [
          'error',
          `❌ The store of bodies "${store}" does not work: ${message}${repeated > 1 ? ` (${repeated} times)` : ''}`,
        ]
      : null,
  'bodies.available': ({ store, afterMs }) => [
    'info',
    `✅ The store of bodies "${store}" works again after ${formatDuration(afterMs)}`,
  ],
  'bodies.swept': ({ store, queue, bodies, bytes }) => [
    'info',
    `🧹 ${bodies} bodies of ${queue} that nothing needs any more are deleted from "${store}" (${formatSize(bytes)})`,
  ],
  'bodies.unreferenced': ({ looked, bodies, graceMs }) => [
    'warn',
    `⚠️  ${bodies} of ${looked} bodies are referred to by no job any more. If Redis has lost jobs, restore it within ${formatDuration(graceMs)}: then they are deleted`,
  ],
  'coordinator.started': ({ queues, redis }) => {
    if (redis === 'disabled') return null; // `redis.unconfigured` has said so.
    if (redis === 'away') return ['warn', '⚠️  Application will continue without job queues'];
    return ['info', `✅ Drover started with ${queues} ${queues === 1 ? 'queue' : 'queues'}`];
  },
  'coordinator.stopping': ({ deadlineMs }) => [
    'info',
    `Stopping: running jobs have ${formatDuration(deadlineMs)} to finish`,
  ],
  'signals.unheard': ({ signals }) => [
    'warn',
    `⚠️  Nobody listens for ${signals.join(' and ')}: running jobs are cut off when the process is told to end. Call app.enableShutdownHooks()`,
  ],
  'dashboard.mounted': ({ path, isGuarded }) => [
    'info',
    `The dashboard is at ${path}${isGuarded ? '' : ', for this machine only: others get in by `authorize` or `access`'}`,
  ],
  'dashboard.unmounted': () => [
    'warn',
    '⚠️  The dashboard is not there: this application has no HTTP server. Import forDashboard() where NestFactory.create() makes the application',
  ],
  'coordinator.stopped': ({ tookMs, unfinished, handedBack }) => {
    const took = formatDuration(tookMs);
    const back = handedBack > 0 ? `; ${handedBack} jobs handed back to their queues` : '';
    if (unfinished === 0) return ['info', `✅ Stopped after ${took}${back}`];
    return [
      'warn',
      `⚠️  Stopped after ${took} with ${unfinished} unfinished jobs: they run again elsewhere when their locks end${back}`,
    ];
  },
  'loop.failed': ({ loop, message, repeated }) =>
    isWorthTelling(repeated) && (!isRefusal(message) || isDenial(message))
      ? ['warn', `⚠️  ${loop}: ${message}${repeated > 1 ? ` (${repeated} times)` : ''}`]
      : null,
};

/** How long a socket must have been away for its return to be told although it keeps coming and going. */
const LONG_MS = 1_000;

function isNews(repeated = 1): boolean {
  return isWorthTelling(repeated);
}

/** Of the other sockets it is enough that they are closed, ready, or fail: an outage should not be told four times. */
function tellsSteps(role: SocketRole): boolean {
  return role === 'command' || role === 'wait';
}

/** The sockets of a process fall together: one of them goes on telling, and the others join when they stay away. */
function isWorthTellingOf(role: SocketRole, count: number): boolean {
  const isTold = role === 'command' || (role === 'wait' && count === 1) || count >= LATE_COUNT;
  return isTold && isWorthTelling(count);
}

/** The first few of them. */
function listOf(names: readonly string[]): string {
  const further = names.length - 5;
  return names.slice(0, 5).join(', ') + (further > 0 ? ` and ${further} more` : '');
}

/** What Redis refuses is told by `redis.refused` and `redis.accepted`. */
function isRefusal(message: string): boolean {
  return refusalOf(new Error(message)) !== undefined;
}

/** A right that only a loop lacks is no refusal of jobs. */
function isDenial(message: string): boolean {
  return refusalOf(new Error(message)) === 'NOPERM';
}

/** Writes a line for every event that deserves one. */
export function writeLogLines(bus: EventBus, logger: Logger): void {
  bus.onAny((name, payload) => {
    const line = (WORDING[name] as (payload: object) => Line | null)(payload);
    if (line) logger[line[0]]({ event: name, ...payload }, line[1]);
  });
}
