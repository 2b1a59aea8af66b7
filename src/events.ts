/**
 * Everything that is announced inside a process: the catalogue of events, and the bus that carries them.
 *
 * The job plane announces, others listen; nobody ever waits for a listener, and a listener that throws
 * harms neither the announcer nor the other listeners. Names are past tense, with a dot between subject
 * and what happened. Payloads are plain data without secrets.
 */

/** Which of a process's Redis sockets something is about. */
export type SocketRole = 'command' | 'wait' | 'events' | 'bulk';

/** Name of each event → its payload. */
export interface CoordinatorEvents {
  /** Nothing names a Redis: queues are disabled, the application goes on. */
  'redis.unconfigured': Record<never, never>;
  /**
   * The TCP (or TLS) connection stands; the handshake follows. `repeated`, here and below: which round this is
   * without the socket having been well in between, 1 the first time.
   */
  'connection.connected': { role: SocketRole; repeated?: number };
  /** The socket can be used. `afterMs`: how long it was away, 0 the first time. */
  'connection.ready': { role: SocketRole; afterMs: number; repeated?: number };
  /** An error of the socket. `repeated`: how often the same error came in a row, 1 the first time. */
  'connection.error': { role: SocketRole; message: string; repeated: number };
  /** The socket was closed, by whomever. */
  'connection.closed': { role: SocketRole; repeated?: number };
  /** Reconnecting has begun. */
  'connection.reconnecting': { role: SocketRole; repeated?: number };
  /** Reconnect attempt number `attempt` starts in `delayMs`. */
  'connection.retried': { role: SocketRole; attempt: number; delayMs: number; repeated?: number };
  /** The client had ended although nobody closed it; a new one is made in `delayMs`. */
  'connection.rebuilt': { role: SocketRole; delayMs: number; repeated: number };
  /** `reconnect.maxAttempts` is used up; nothing will be tried any more. */
  'connection.ended': { role: SocketRole; attempts: number };
  /** More connections of this application than its processes explain, or too many for the server. */
  'connections.exceeded': { seen: number; expected: number; maxClients: number | null };
  /** This process has several coordinators on the same Redis, each with connections of its own. Once for each number of them. */
  'connections.repeated': { host: string; pid: number; coordinators: number };
  /** Redis answers and refuses what jobs need. `reason`: the word of its reply; `message`: what to do. */
  'redis.refused': { reason: string; message: string };
  /** Redis takes commands again, after `afterMs`. */
  'redis.accepted': { reason: string; afterMs: number };
  /**
   * Somebody had something done, or was refused it; `begun`: is about to, where the audit in Redis may not be written.
   * `actor`: how they proved who they are, and their name; `parameters` without data of jobs; `code`: of the error.
   */
  'operator.acted': {
    action: string;
    actor: string;
    queue: string | null;
    parameters: Readonly<Record<string, unknown>>;
    address: string | null;
    correlationId: string;
    result: 'begun' | 'done' | 'failed' | 'refused';
    code: string | null;
  };
  /** Entry `n` of the audit has this hash. Kept outside of Redis, it proves that nothing before it was changed. */
  'audit.anchored': { n: number; hash: string };
  /** Results and refusals are kept in this process, since they cannot be written to the audit. Once per outage. */
  'audit.held': { reason: string };
  /** What was held is in the audit; `lost`: too many to be kept, they are in the log only. */
  'audit.resumed': { written: number; lost: number };
  /** From an address there came too many wrong logins, or unknown API tokens: it must wait. Once a minute for each. */
  'logins.limited': { address: string; reason: string; waitMs: number };
  /** A request failed in a way that nobody foresaw. `stack`: where; `route`: method and path of its route. */
  'http.failed': { route: string; message: string; stack: string | null; correlationId: string };
  /** A finding about the server's configuration, once per finding. */
  'redis.warned': { finding: string; message: string };
  /** Redis came back without the data that it had, or another one answers at its address: jobs are gone. */
  'redis.emptied': Record<never, never>;
  /** A replica was promoted. `lostBytes`: writes that it had not received, at least; 0 when none are known. */
  'redis.failed-over': { lostBytes: number };
  /** A listener fell behind the stream's trimming; events between `from` and `to` may be missing. */
  'events.lost': { stream: string; from: string; to: string };
  /** A worker's fetch is held because Redis refuses it. */
  'fetch.held': { queue: string; reason: string };
  /** Fetching goes on after `heldMs`. */
  'fetch.resumed': { queue: string; heldMs: number };
  /** An acknowledgement is being repeated; `try` counts from 1. */
  'ack.retried': { queue: string; jobId: string; try: number; reason: string };
  /** A stored payload cannot be read: its job fails, a view shows it as it is stored. `repeated`: how often this code came in a row. */
  'payload.unreadable': {
    queue: string;
    jobId: string;
    code: string;
    message: string;
    repeated: number;
  };
  /** Jobs go back to their queue, or acknowledgements and adds wait, since a store of large payloads does not answer. Once per outage and user. */
  'payload.held': { queue: string; message: string };
  /** The store answers again after `heldMs`. */
  'payload.resumed': { queue: string; heldMs: number };
  /** Adds of a queue go onto the local disk, since Redis did not take them. Once per outage. */
  'spool.filled': { queue: string };
  /** Spooled jobs are being sent: so many since it began, so many left. At most once a second. */
  'spool.sent': { queue: string; sent: number; left: number };
  /** Everything that a queue had in the spool is in Redis. */
  'spool.emptied': { queue: string; sent: number; tookMs: number };
  /** Redis will never take a spooled add; it is kept in the file `path`. */
  'spool.refused': { queue: string; jobs: number; message: string; path: string };
  /** Part of a spool file cannot be read. The file is kept at `path`; `jobs` could be read and are sent. */
  'spool.damaged': { path: string; unreadBytes: number; jobs: number };
  /** Jobs that another process had left in the spool are sent by this one. */
  'spool.taken-over': { jobs: number };
  /** The spool cannot be emptied for a reason that is not Redis being away. `repeated`: times in a row. */
  'spool.failed': { message: string; repeated: number };
  /** Jobs that were in no list or set of their queue were put back; `jobIds`: at most ten of them. */
  'orphans.restored': { queue: string; restored: number; jobIds: readonly string[] };
  /** A processor was accepted and its worker runs. `concurrency`: jobs at a time; with a pool, at most. */
  'processor.registered': { queue: string; concurrency: number; hasPool: boolean };
  /** A processor could not be registered; all others are unaffected. */
  'processor.rejected': { queue: string; message: string };
  /** A job failed for this attempt. `final`: it will not be tried again. */
  'job.failed': {
    queue: string;
    jobId: string;
    jobName: string;
    attempt: number;
    maxAttempts: number;
    final: boolean;
    message: string;
  };
  /** A job went on `graceMs` after its time was up: it failed, its slot is free, its processor may still run. */
  'job.abandoned': {
    queue: string;
    jobId: string;
    jobName: string;
    timeoutMs: number;
    graceMs: number;
  };
  /** The processor of an abandoned job ended after all, `lateMs` later. What came of it is ignored. */
  'result.ignored': {
    queue: string;
    jobId: string;
    jobName: string;
    outcome: 'returned' | 'threw';
    lateMs: number;
  };
  /** A job took longer than its queue allows, and was told to stop. */
  'job.timed-out': { queue: string; jobId: string; jobName: string; timeoutMs: number };
  /** A running job was cancelled, by an operator or by its worker's `cancelJob` or `cancelAllJobs`. */
  'job.cancelled': { queue: string; jobId: string; jobName: string };
  /** A job's lock ran out and it went back to waiting. */
  'job.stalled': { queue: string; jobId: string };
  /** A job was failed without running again: its process ended `kills` times while it was the only suspect there. */
  'job.condemned': { queue: string; jobId: string; jobName: string; kills: number };
  /** A bulk action on dead letters has begun; `total`: as many as were counted when it was made. */
  'bulk.started': { id: string; kind: string; queue: string; actor: string; total: number };
  /** A bulk action waits for an operator: its first jobs did not go well, or somebody paused it. */
  'bulk.paused': { id: string; kind: string; queue: string; reason: string };
  /** An operator lets a bulk action go on. */
  'bulk.resumed': { id: string; kind: string; queue: string; actor: string };
  /** A bulk action is over. `state`: done, aborted, undone or failed. */
  'bulk.finished': {
    id: string;
    kind: string;
    queue: string;
    state: string;
    done: number;
    skipped: number;
    failed: number;
    undone: number;
    tookMs: number;
  };
  /** An error of a worker outside any job. `repeated` counts the same message in a row. */
  'worker.error': { queue: string; message: string; repeated: number };
  /** A worker that was connected and did not fetch was replaced, for the `rebuilds`th time. */
  'worker.rebuilt': { queue: string; reason: string; rebuilds: number };
  /** This process takes no new jobs: an operator wants it so. */
  'workers.quieted': { by: string; reason: string | null };
  /** This process takes jobs again. */
  'workers.resumed': Record<never, never>;
  /** A queue's health is another than before; `from` is null when it was not judged lately. Told by the leader. */
  'queue.health-changed': {
    queue: string;
    from: string | null;
    to: string;
    reasons: readonly { readonly code: string; readonly message: string }[];
  };
  /** For 15 s nobody has said how many slots pools should have, and this process opens its own. */
  'pools.unled': { pools: readonly string[]; reason: string };
  /** Somebody says again how many slots these pools have. */
  'pools.led': { pools: readonly string[] };
  /** This process is too loaded for the slots that its pools should have: `capacity` of `wanted` are open. */
  'pools.held-back': { wanted: number; capacity: number; reason: string };
  /** All slots that the pools should have are open again. */
  'pools.released': { capacity: number };
  /**
   * What of a queue has gone by its retention since this was last told: jobs, jobs whose progress was forgotten, entries of
   * its events stream, and about how many bytes. By the leader, at most once a minute for each queue.
   */
  'retention.swept': {
    queue: string;
    completed: number;
    failed: number;
    progress: number;
    events: number;
    freedBytes: number;
  };
  /** A queue takes more of Redis than its `maxBytes`, and it has no finished job left that could go. Once, until it fits. */
  'retention.over-budget': { queue: string; usedBytes: number; maxBytes: number };
  /** Figures older than `minutes` were given up, since Redis was away for so long. Once per outage. */
  'metrics.dropped': { minutes: number };
  /**
   * The leader has changed the target of a pool, in slots of the whole fleet. `decidedBy`: the term that decided;
   * `reason`: the sentence that says why.
   */
  'pool.scaled': { queue: string; from: number; to: number; decidedBy: string; reason: string };
  /** The leader cannot read a queue: its `target` stays as it is; null when there never was one. Once, until it is resumed. */
  'pool.frozen': { queue: string; target: number | null; reason: string };
  /** A frozen pool is scaled again. */
  'pool.resumed': { queue: string };
  /** The fleet has more pools than the `scaled` that its leader scales: the others open slots of their own. Told once. */
  'pools.too-many': { scaled: number };
  /** Redis has refused this process as leader of so many pools, `queue` being one: somebody else leads them with a newer epoch. */
  'pool.superseded': { queues: number; queue: string; epoch: number };
  /**
   * A payload takes much of what its queue allows (`warnAt`); beyond it, it is refused. `repeated`: times in a row
   * for this queue and kind.
   */
  'payload.large': {
    queue: string;
    kind: string;
    bytes: number;
    maxBytes: number;
    repeated: number;
  };
  /**
   * A store of bodies does not do what it is asked. `repeated`: how often the same message came in a row. Told again
   * only after `bodies.available`, or when the message changes.
   */
  'bodies.unavailable': { store: string; message: string; repeated: number };
  /** A store of bodies works again, `afterMs` after it failed for the first time. */
  'bodies.available': { store: string; afterMs: number };
  /** The leader has deleted what nothing has referred to for `bodies.grace`: so many `bodies` of a queue. */
  'bodies.swept': { store: string; queue: string; bodies: number; bytes: number };
  /**
   * Of `looked` bodies so many, `bodies`, are referred to by nothing since a short while: a queue was emptied, or Redis
   * has lost jobs. They are deleted after `graceMs`.
   */
  'bodies.unreferenced': { looked: number; bodies: number; graceMs: number };
  /** `start()` has done its work. `redis`: whether Redis was there. */
  'coordinator.started': { queues: number; redis: 'ready' | 'away' | 'disabled' };
  /** `stop()` has begun: faces refuse, workers take no new jobs. */
  'coordinator.stopping': { deadlineMs: number };
  /** The process has consumers, and nobody hears these signals: they end it in the middle of its jobs. */
  'signals.unheard': { signals: readonly NodeJS.Signals[] };
  /** A Nest application has the dashboard at `path`. `isGuarded`: whether others than this machine can say who they are. */
  'dashboard.mounted': { path: string; isGuarded: boolean };
  /** A Nest application has a dashboard, and no HTTP server that it could be mounted in. */
  'dashboard.unmounted': Record<never, never>;
  /** Everything is closed. `unfinished`: jobs left to their locks; `handedBack`: jobs that wait again already. */
  'coordinator.stopped': { tookMs: number; unfinished: number; handedBack: number };
  /** A round of periodic work failed; the loop goes on. */
  'loop.failed': { loop: string; message: string; repeated: number };
}

/** Name of an event. */
export type EventName = keyof CoordinatorEvents;
/** Called with the payload of an event. */
export type EventListener<N extends EventName> = (payload: CoordinatorEvents[N]) => void;
/** Announces an event; never throws. */
export type Announce = <N extends EventName>(name: N, payload: CoordinatorEvents[N]) => void;

type AnyListener = (name: EventName, payload: CoordinatorEvents[EventName]) => void;

/** Carries events from those who announce to those who listen. */
export class EventBus {
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>();
  readonly #observers = new Set<AnyListener>();

  /** Listens to one event; returns the function that ends it. */
  on<N extends EventName>(name: N, listener: EventListener<N>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Listens to every event; returns the function that ends it. */
  onAny(listener: AnyListener): () => void {
    this.#observers.add(listener);
    return () => this.#observers.delete(listener);
  }

  readonly announce: Announce = (name, payload) => {
    for (const listener of this.#listeners.get(name) ?? []) guard(() => listener(payload as never));
    for (const observer of this.#observers) guard(() => observer(name, payload));
  };
}

/** A broken listener is the listener's problem; there is nobody to tell who would not break too. */
function guard(call: () => void): void {
  try {
    call();
  } catch {
    // Swallowed on purpose: announcing must never fail, least of all on a job's path.
  }
}

/** Counts the same message in a row, so that a storm of one error can be told at 1, 2, 4, 8 … */
export class Repetition {
  #last = '';
  #count = 0;

  /** How often `message` has now come in a row. */
  count(message: string): number {
    this.#count = message === this.#last ? this.#count + 1 : 1;
    this.#last = message;
    return this.#count;
  }

  reset(): void {
    this.#last = '';
    this.#count = 0;
  }
}
