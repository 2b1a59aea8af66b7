/**
 * The health routes as a module: whoever imports it has them.
 */
import { type DynamicModule, Module } from '@nestjs/common';
import { CoreModule } from '../core-module.ts';
import { DEFAULT_KEY } from '../tokens.ts';
import { HEALTH_KEY, QueueHealthController } from './health-controller.ts';

/** Which queues the routes tell of. */
export interface HealthRoutesOptions {
  /** The `forRoot` that is told of. @default the default one */
  readonly configKey?: string;
}

/** Has the controller. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: modules of Nest are classes
export class HealthModule {
  static forHealth({ configKey = DEFAULT_KEY }: HealthRoutesOptions = {}): DynamicModule {
    return {
      module: HealthModule,
      imports: [CoreModule],
      controllers: [QueueHealthController],
      providers: [{ provide: HEALTH_KEY, useValue: configKey }],
    };
  }
}
