/**
 * How a coordinator ends: in which order, and by when.
 *
 *   drain  workers take no new jobs and finish the running ones; queues, listeners and sockets stay open
 *   stop   faces refuse, then the drain unless it was done, then everything is closed
 *
 * Both share one deadline, counted from the beginning of the first of them, whatever Redis does. Each does its work
 * once: a second call gets what the first one found. Of two deadlines the earlier one holds; a stop that comes after it
 * still closes, and takes no longer for that than it would have before. While it drains nothing is refused: a
 * request that is answered and a job that ends may still add jobs.
 */
import type { SpoolSender } from './backend/spool-sender.ts';
import { systemClock } from './base/clock.ts';
import type { Loop } from './base/loop.ts';
import { withDeadline } from './base/wait.ts';
import type { Config } from './config/resolve-config.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Announce } from './events.ts';
import type { OperatorPlane } from './operator-plane.ts';
import type { Payloads } from './payloads/payloads.ts';
import type { QueueManager } from './queues/queue-manager.ts';
import type { Hub } from './redis/hub.ts';
import type { Spool } from './spool/spool.ts';
import type { Attendance } from './workers/attendance.ts';
import type { WorkerManager } from './workers/worker-manager.ts';

/** Something that must stop before the queues do: an HTTP server, a scheduler of your own. */
export interface Face {
  readonly name: string;
  /** Refuses new work and returns when it has. */
  stop(): Promise<void> | void;
}

/** What is to be stopped. */
export interface StopSources {
  readonly config: Pick<Config, 'addTimeoutMs' | 'shutdownTimeoutMs'>;
  readonly announce: Announce;
  readonly faces: readonly Face[];
  readonly workers: WorkerManager;
  readonly controlPlane: ControlPlane;
  readonly operatorPlane: OperatorPlane;
  readonly attendance: Attendance;
  readonly queues: QueueManager;
  readonly sender: SpoolSender;
  readonly spool: Spool;
  readonly payloads: Payloads;
  readonly loops: readonly Loop[];
  readonly hub: Hub;
}

/** Longest that closing what is left after the drain takes; faces may need an add's time. */
const CLOSING_MS = 1_000;
/** What a request may take beside an add. */
const ANSWER_MS = 250;

/** Drains and stops one coordinator. */
export class StopOrder {
  readonly #sources: StopSources;
  #begunAt: number | undefined;
  #endsAt = Number.POSITIVE_INFINITY;
  #closingMs = CLOSING_MS;
  #draining: Promise<number> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(sources: StopSources) {
    this.#sources = sources;
  }

  /** Whether no new jobs are taken any more. */
  get hasBegun(): boolean {
    return this.#begunAt !== undefined;
  }

  /** Whether it is being stopped, or has been. */
  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Ends the workers; tells how many jobs were still running. What follows keeps its part of the time. */
  drain(timeoutMs: number | undefined): Promise<number> {
    this.#begin(timeoutMs);
    this.#draining ??= this.#closeWorkers(this.#leftMs(2));
    return this.#draining;
  }

  /** Ends everything. */
  stop(timeoutMs: number | undefined): Promise<void> {
    if (!this.#stopping) {
      this.#begin(timeoutMs);
      this.#stopping = this.#stop();
    }
    return this.#stopping;
  }

  #begin(timeoutMs: number | undefined): void {
    const now = systemClock.monotonic();
    const isFirst = this.#begunAt === undefined;
    if (!isFirst && timeoutMs === undefined) return;
    const deadlineMs = timeoutMs ?? this.#sources.config.shutdownTimeoutMs;
    this.#endsAt = Math.min(this.#endsAt, now + deadlineMs);
    // What is left after the drain needs a moment of the deadline too.
    this.#closingMs = Math.min(this.#closingMs, deadlineMs / 5);
    if (!isFirst) return;
    this.#begunAt = now;
    this.#sources.announce('coordinator.stopping', { deadlineMs });
  }

  /** What is left of the deadline when the last `closings` steps have got their time. */
  #leftMs(closings: number): number {
    const left = this.#endsAt - systemClock.monotonic() - closings * this.#closingMs;
    return Math.max(0, left);
  }

  async #stopFaces(): Promise<void> {
    const { faces, config } = this.#sources;
    const stopped = Promise.allSettled(faces.map(async (face) => face.stop()));
    // A request under way may have to hear that Redis is away, and to answer.
    const answerMs = config.addTimeoutMs + ANSWER_MS;
    const mostMs = Math.max(this.#closingMs, answerMs);
    await withDeadline(stopped, Math.min(mostMs, Math.max(this.#closingMs, this.#leftMs(1))));
  }

  async #closeWorkers(deadlineMs: number): Promise<number> {
    const { controlPlane, workers } = this.#sources;
    controlPlane.beginLeavingPools();
    return workers.closeAll(deadlineMs);
  }

  async #stop(): Promise<void> {
    const { announce, workers } = this.#sources;
    const facesStopped = this.#stopFaces();
    this.#draining ??= facesStopped.then(() => this.#closeWorkers(this.#leftMs(1)));
    await facesStopped;
    await withDeadline(this.#draining, this.#leftMs(1));
    // Some may have ended since the drain gave them up.
    const { active: unfinished } = workers;
    await this.#close();
    const tookMs = Math.round(systemClock.monotonic() - this.#begunAt!);
    announce('coordinator.stopped', { tookMs, unfinished, handedBack: workers.handedBack });
  }

  async #close(): Promise<void> {
    const { sender, controlPlane, operatorPlane, attendance, queues, spool, payloads, loops, hub } =
      this.#sources;
    const closingMs = this.#closingMs;
    sender.stop();
    controlPlane.quiet();
    const closing = Promise.allSettled([
      Promise.all(loops.map((loop) => loop.stop())).then(() => controlPlane.resign()),
      controlPlane.flush(closingMs),
      controlPlane.leavePools().then(() => attendance.leave()),
      queues.closeAll(),
      operatorPlane.close(),
      spool.close(),
    ]);
    await withDeadline(closing, closingMs);
    await withDeadline(payloads.close(), closingMs);
    hub.close();
  }
}
