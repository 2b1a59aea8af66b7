/**
 * Indicators for the health checks of `@nestjs/terminus`, from memory: they ask nothing and wait for nobody.
 *
 * `degraded` is for what the application still serves without; terminus 12 answers 200 to it, and version 11 leaves it
 * out. Nothing of terminus is needed here: its results are plain objects.
 */
import { Inject, Injectable } from '@nestjs/common';
import { closest } from '../../base/closest.ts';
import type { QueueRef } from '../../queues/queue-manager.ts';
import { missingRoot, nestError } from '../nest-error.ts';
import type { Root } from '../root.ts';
import { Roots } from '../roots.ts';
import { DEFAULT_KEY } from '../tokens.ts';
import { type Finding, judgeQueues, judgeRedis } from './health-findings.ts';

/** What terminus takes from an indicator. */
export type IndicatorResult<Key extends string> = Record<Key, Finding>;

/** How a check is judged. */
export interface CheckOptions {
  /** What trouble is: `down` has a health check fail with 503. */
  readonly whenDown?: 'down' | 'degraded';
  /** The `forRoot` that is looked at. @default the default one */
  readonly configKey?: string;
}

/** How queues are judged. */
export interface QueueCheckOptions extends CheckOptions {
  /** Definitions or names, as the application says them. @default all of the `forRoot` */
  readonly queues?: readonly QueueRef[];
}

/** How Redis is. */
@Injectable()
export class RedisHealthIndicator {
  readonly #roots: Roots;

  constructor(@Inject(Roots) roots: Roots) {
    this.#roots = roots;
  }

  /** @param options.whenDown what it is when Redis does not serve; @default 'down' */
  async pingCheck<const Key extends string>(
    key: Key,
    { whenDown = 'down', configKey = DEFAULT_KEY }: CheckOptions = {},
  ): Promise<IndicatorResult<Key>> {
    const { coordinator } = rootOf(this.#roots, 'RedisHealthIndicator', configKey);
    coordinator.queues.initialize(); // Without a queue nobody else has opened it.
    return { [key]: judgeRedis(coordinator.getRedisHealth(), whenDown) } as IndicatorResult<Key>;
  }
}

/** How queues are. */
@Injectable()
export class QueueHealthIndicator {
  readonly #roots: Roots;

  constructor(@Inject(Roots) roots: Roots) {
    this.#roots = roots;
  }

  /**
   * Rejects with CONFIG_INVALID for a queue that is not registered.
   *
   * @param options.whenDown what it is when Redis is away, or a queue is stuck, unhealthy or without workers;
   * @default 'degraded': whoever is taken out of service for its queues serves nobody at all
   */
  async isHealthy<const Key extends string>(
    key: Key,
    options: QueueCheckOptions = {},
  ): Promise<IndicatorResult<Key>> {
    const { whenDown = 'degraded', configKey = DEFAULT_KEY, queues } = options;
    const root = rootOf(this.#roots, 'QueueHealthIndicator', configKey);
    const wanted = (queues ?? root.names).map((ref) => labelled(root, ref));
    const report = await root.coordinator.control.call('health.queues', {}, null);
    return { [key]: judgeQueues(report, wanted, whenDown) } as IndicatorResult<Key>;
  }
}

function rootOf(roots: Roots, where: string, configKey: string): Root {
  const root = roots.get(configKey);
  if (root) return root;
  throw nestError(where, missingRoot(configKey));
}

/** The name as the application says it, and the label as reports do. */
function labelled(root: Root, ref: QueueRef): { name: string; label: string } {
  const name = typeof ref === 'string' ? ref : ref.name;
  if (!root.has(name)) {
    const near = closest(name, root.names);
    const ask = near === undefined ? '' : `: did you mean "${near}"?`;
    throw nestError(
      'QueueHealthIndicator',
      `there is no queue "${name}" in this application${ask}`,
    );
  }
  const whole = root.ref(name);
  const wholeName = typeof whole === 'string' ? whole : whole.name;
  const definitions = [...root.coordinator.queues.definitions];
  const [label] = definitions.find(([, definition]) => definition.name === wholeName) ?? [
    wholeName,
  ];
  return { name, label };
}
