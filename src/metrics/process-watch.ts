/**
 * What a process tells of itself beside its jobs: how its connections do, and how long its stop takes.
 *
 * Hears of both on the bus, and asks the hub what it is asked. Does no I/O.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { EventBus, SocketRole } from '../events.ts';
import type { Hub } from '../redis/hub.ts';
import type { RedisFigures } from './exposition-input.ts';

/** What a watch needs. */
export interface ProcessWatchOptions {
  readonly hub: Pick<Hub, 'isConfigured' | 'command' | 'wait' | 'events' | 'bulk'>;
  /** Whether Redis is healthy, as `/health/redis` says it. */
  readonly isRedisUp: () => boolean;
  readonly bus: Pick<EventBus, 'on'>;
  readonly clock?: Clock;
}

/** Follows the connections and the stop of one coordinator. */
export class ProcessWatch {
  readonly #options: ProcessWatchOptions;
  readonly #clock: Clock;
  readonly #reconnects: Record<SocketRole, number> = { command: 0, wait: 0, events: 0, bulk: 0 };
  #stoppingSince: number | undefined;
  #stopTookMs: number | undefined;

  constructor(options: ProcessWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { bus } = options;
    bus.on('connection.ready', ({ role, afterMs }) => {
      if (afterMs > 0) this.#reconnects[role] += 1;
    });
    bus.on('coordinator.stopping', () => {
      this.#stoppingSince = this.#clock.monotonic();
    });
    bus.on('coordinator.stopped', ({ tookMs }) => {
      this.#stopTookMs = tookMs;
    });
  }

  /** Undefined when no Redis is configured. */
  get redis(): RedisFigures | undefined {
    const { hub, isRedisUp } = this.#options;
    if (!hub.isConfigured) return undefined;
    return {
      isUp: isRedisUp(),
      connected: {
        command: hub.command.isReady,
        wait: hub.wait.isReady,
        events: hub.events.isReady,
        bulk: hub.bulk?.isReady ?? false,
      },
      reconnects: { ...this.#reconnects },
    };
  }

  /** How long the stop has taken so far, or took; undefined before it. */
  get shutdownSeconds(): number | undefined {
    if (this.#stopTookMs !== undefined) return this.#stopTookMs / 1_000;
    if (this.#stoppingSince === undefined) return undefined;
    return (this.#clock.monotonic() - this.#stoppingSince) / 1_000;
  }
}
