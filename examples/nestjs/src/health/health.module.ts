/**
 * Health: the application's own check at `/health`, and Drover's fixed routes (`/health/live`, `/health/ready`,
 * `/health/redis`, `/api/v1/queue/health`).
 */
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { BullMqConsumerModule } from 'drover/nestjs';
import { HealthController } from './health.controller.ts';

@Module({
  imports: [TerminusModule, BullMqConsumerModule.forHealth()],
  controllers: [HealthController],
})
export class HealthModule {}
