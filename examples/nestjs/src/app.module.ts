/**
 * The whole application: settings, one connection to Redis for all queues and workers, photos, health, operations.
 */
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { BullMqConsumerModule, QueueOutageFilter } from 'drover/nestjs';
import { HealthModule } from './health/health.module.ts';
import { OpsModule } from './ops/ops.module.ts';
import { PhotosModule } from './photos/photos.module.ts';
import { readSettings, type Settings } from './settings.ts';

@Module({
  imports: [
    // Only what was checked: by itself Nest would look into the environment again for what is left out, or empty.
    ConfigModule.forRoot({ isGlobal: true, validate: readSettings, skipProcessEnv: true }),
    BullMqConsumerModule.forRootAsync({
      isGlobal: true,
      inject: [ConfigService],
      useFactory: (config: ConfigService<Settings, true>) => ({
        name: 'photos',
        redisUrl: config.get('REDIS_URL', { infer: true }),
        queueNamePrefix: config.get('QUEUE_NAME_PREFIX', { infer: true }),
        addTimeoutMs: '1s', // No request waits longer for Redis.
      }),
    }),
    PhotosModule,
    HealthModule,
    OpsModule,
  ],
  // What needs a queue while Redis is away is answered 503, and when to come again.
  providers: [{ provide: APP_FILTER, useClass: QueueOutageFilter }],
})
export class AppModule {}
