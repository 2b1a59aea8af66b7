/**
 * The few Redis sockets of a process, shared by everything in it.
 *
 *   command  short commands of all queues, workers and producers
 *   wait     blocks for every idle worker        (opened by the first worker)
 *   events   blocks for every listener           (opened by the first listener)
 *   bulk     what is large or slow, on demand    (closed when idle for ten seconds)
 *
 * The hub owns the sockets; backends borrow them and must never close one. Without an address the hub is
 * disabled: it opens nothing, and `client` pends until the hub is closed.
 */
import { randomUUID } from 'node:crypto';
import { type CancelTimer, type Clock, systemClock } from '../base/clock.ts';
import { messageOf } from '../errors.ts';
import { type Announce, type CoordinatorEvents, Repetition, type SocketRole } from '../events.ts';
import type { Keys } from '../keys.ts';
import { socketName } from './client-list.ts';
import type { Companion } from './companions.ts';
import { Connection, type ReconnectPolicy } from './connection.ts';
import { refusalOf } from './connection-lost.ts';
import type { CreateClient } from './create-client.ts';
import { Listening } from './listening.ts';
import { RefusalWatch } from './refusal-watch.ts';
import { ServerClock } from './server-clock.ts';
import { evictionOf, judgeServer } from './server-info.ts';
import { Waiting } from './waiting.ts';

/** What a hub needs. */
export interface HubOptions {
  /** First part of every socket's name. */
  readonly app: string;
  readonly host: string;
  readonly pid: number;
  /** Makes an unconnected client for the address; absent when Redis is not configured. */
  readonly createClient?: CreateClient;
  readonly reconnect: ReconnectPolicy;
  /** Whether a server that evicts keys may be used all the same. */
  readonly allowEviction: boolean;
  /** Whether this process changes nothing. @default false */
  readonly readOnly?: boolean;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly companions?: readonly Companion[];
  readonly clock?: Clock;
}

/** A worker or listener that shares the sockets. */
export interface HubMember {
  /** The command socket is ready again after a loss. */
  onReconnected?(): void;
}

const BULK_IDLE_MS = 10_000;

/** Owns and hands out the sockets of one coordinator. */
export class Hub {
  readonly command: Connection;
  readonly wait: Connection;
  readonly events: Connection;
  readonly waiting: Waiting;
  readonly listening: Listening;
  /** What time it is in Redis. */
  readonly serverClock: ServerClock;
  /** Whether Redis answers and refuses; whoever is refused reports it here. */
  readonly refusals: RefusalWatch;
  readonly isConfigured: boolean;
  readonly #options: HubOptions;
  readonly #clock: Clock;
  readonly #warned = new Set<string>();
  readonly #members = new Map<HubMember, string>();
  #bulk: Connection | undefined;
  #bulkUsers = 0;
  #bulkIdle: CancelTimer | undefined;
  #closed = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.serverClock = new ServerClock(this.#clock);
    this.isConfigured = options.createClient !== undefined;
    this.command = this.#connection('command');
    this.wait = this.#connection('wait');
    this.events = this.#connection('events');
    const id = `${options.host}:${options.pid}:${randomUUID().slice(0, 8)}`;
    const { keys, announce } = options;
    this.refusals = new RefusalWatch({
      command: this.command,
      ...{ probeKey: keys.probe(id), readOnly: options.readOnly ?? false },
      announce: (name, payload) => {
        announce(name, payload);
        // Pokes and markers of the meantime were refused, too.
        if (name === 'redis.accepted') this.waiting.wakeAll();
      },
      clock: this.#clock,
    });
    const onError = (loop: string) => this.#reporter(loop);
    this.waiting = new Waiting({
      wait: this.wait,
      command: this.command,
      pokeKey: keys.poke(id),
      onError: onError('waiting for jobs'),
      clock: this.#clock,
    });
    this.listening = new Listening({
      events: this.events,
      command: this.command,
      onBulk: (run) => this.onBulk(async (bulk) => run(await bulk.raw())),
      pokeKey: keys.pokeStream(id),
      onError: onError('listening to events'),
      announce,
      clock: this.#clock,
    });
  }

  /** Opens the command socket; the others open on first use. */
  open(): void {
    this.command.open();
  }

  /** Whether the bulk socket is open: then reads that may be large go there too. */
  get isBulkOpen(): boolean {
    return this.#bulk !== undefined;
  }

  /** The bulk socket while it is open, for counting and for health. */
  get bulk(): Connection | undefined {
    return this.#bulk;
  }

  /** Registers it under the name that it would have given a socket of its own. */
  register(member: HubMember, clientName: string): void {
    this.#members.set(member, clientName);
  }
  unregister(member: HubMember): void {
    this.#members.delete(member);
  }

  /** Whether workers or listeners share the sockets. */
  get hasMembers(): boolean {
    return this.#members.size > 0;
  }

  /** Workers and listeners of this process, as `CLIENT LIST` would show them on sockets of their own. */
  clientLines(): string {
    const { host, pid } = this.#options;
    return [...this.#members.values()]
      .map((name) => `id=0 addr=${host}:${pid} name=${name} age=0 idle=0 cmd=bzpopmin\n`)
      .join('');
  }

  /** Runs something large or slow on the bulk socket, which stays open while anybody uses it. */
  async onBulk<T>(run: (bulk: Connection) => Promise<T>): Promise<T> {
    this.#bulkIdle?.();
    this.#bulkIdle = undefined;
    this.#bulk ??= this.#connection('bulk');
    if (this.#closed) this.#bulk.close();
    else this.#bulk.open();
    this.#bulkUsers += 1;
    try {
      return await run(this.#bulk);
    } finally {
      this.#bulkUsers -= 1;
      if (this.#bulkUsers === 0 && !this.#closed)
        this.#bulkIdle = this.#clock.after(BULK_IDLE_MS, () => this.#closeBulk(), {
          background: true,
        });
    }
  }

  /**
   * Keeps traffic on the command socket, so that its socket timeout can notice a peer that is gone:
   * the timeout only runs while an answer is awaited. An answer still arriving counts.
   */
  async ping(): Promise<void> {
    if (!this.command.isReady) return;
    await this.serverClock.look(await this.command.raw());
  }

  /** Asks the server about itself again, and tells what has become wrong with it. */
  async look(): Promise<void> {
    await this.command.look();
    this.#warnAboutServer();
  }

  /** Why jobs are not safe on this server although it is connected: it evicts since a while, and must not. */
  get eviction(): string | undefined {
    return this.#options.allowEviction ? undefined : evictionOf(this.command.serverInfo);
  }

  /** Closes all sockets at once, whatever Redis does. Pending work is rejected. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.refusals.close();
    this.waiting.close();
    this.listening.close();
    this.events.close();
    this.wait.close();
    this.command.close();
    this.#closeBulk();
  }

  #closeBulk(): void {
    this.#bulkIdle?.();
    this.#bulkIdle = undefined;
    this.#bulk?.close();
    this.#bulk = undefined;
  }

  /** What a loop on a blocking socket does with an error: a refusal is a state, all else is told. */
  #reporter(loop: string): (error: unknown) => void {
    const repetition = new Repetition();
    return (error) => {
      this.refusals.report(error);
      if (refusalOf(error)) return;
      const message = messageOf(error);
      this.#options.announce('loop.failed', { loop, message, repeated: repetition.count(message) });
    };
  }

  #connection(role: SocketRole): Connection {
    const { app, host, pid, createClient, reconnect, allowEviction, announce, companions } =
      this.#options;
    return new Connection({
      role,
      name: socketName(app, role, host, pid),
      ...(createClient && { createClient }),
      reconnect,
      ...(companions && { companions }),
      ...(!allowEviction && { refuse: evictionOf }),
      clock: this.#clock,
      announce: (name, payload) => {
        announce(name, payload);
        if (name === 'connection.ready' && role === 'command')
          this.#onCommandReady((payload as CoordinatorEvents['connection.ready']).afterMs > 0);
      },
    });
  }

  #onCommandReady(again: boolean): void {
    this.#warnAboutServer();
    if (!again) return;
    this.serverClock.forget();
    for (const member of this.#members.keys()) member.onReconnected?.();
  }

  #warnAboutServer(): void {
    const findings = judgeServer(this.command.serverInfo);
    for (const finding of this.#warned)
      if (!findings.some((found) => found.finding === finding)) this.#warned.delete(finding);
    for (const { finding, message } of findings) {
      if (this.#warned.has(finding)) continue;
      this.#warned.add(finding);
      this.#options.announce('redis.warned', { finding, message });
    }
  }
}
