/**
 * The health routes of the HTTP face as a controller: the same paths, statuses and bodies, from memory.
 *
 * A global prefix of the application goes in front of them, unless it excludes them; versions do not. The answers are
 * written by hand, so that interceptors that wrap what controllers return leave them as probes know them.
 */
import { Controller, Get, Inject, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { statusOfAnswer } from '../../http/answer.ts';
import type { ActionName } from '../../operations/actions.ts';
import { missingRoot, nestError } from '../nest-error.ts';
import { Roots } from '../roots.ts';

/** Token of the key of the `forRoot` that is told of. */
export const HEALTH_KEY = 'DroverHealthKey';

/** Answers probes and load balancers. */
@Controller({ version: VERSION_NEUTRAL })
export class QueueHealthController {
  readonly #roots: Roots;
  readonly #host: HttpAdapterHost;
  readonly #configKey: string;

  constructor(
    @Inject(Roots) roots: Roots,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(HEALTH_KEY) configKey: string,
  ) {
    this.#roots = roots;
    this.#host = host;
    this.#configKey = configKey;
  }

  /** Throws CONFIG_INVALID where no `forRoot` has the key. */
  onModuleInit(): void {
    if (this.#roots.get(this.#configKey)) return;
    throw nestError('BullMqConsumerModule.forHealth()', missingRoot(this.#configKey));
  }

  @Get('health/redis')
  redis(@Res() response: unknown): Promise<void> {
    return this.#answer('health.redis', response);
  }

  @Get('api/v1/queue/health')
  queues(@Res() response: unknown): Promise<void> {
    return this.#answer('health.queues', response);
  }

  @Get('health/live')
  live(@Res() response: unknown): Promise<void> {
    return this.#answer('health.live', response);
  }

  @Get('health/ready')
  ready(@Res() response: unknown): Promise<void> {
    return this.#answer('health.ready', response);
  }

  async #answer(name: ActionName, response: unknown): Promise<void> {
    const { control } = this.#roots.get(this.#configKey)!.coordinator;
    const output = await control.call(name, {}, null); // Open to everybody, as in the HTTP face.
    const { httpAdapter } = this.#host;
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    httpAdapter.reply(response, output, statusOfAnswer(name, output));
  }
}
