/**
 * `GET /health`: how the application is as a whole. Answered from memory, so it never waits for Redis.
 */
import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { QueueHealthIndicator, RedisHealthIndicator } from 'drover/nestjs';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(RedisHealthIndicator) private readonly redis: RedisHealthIndicator,
    @Inject(QueueHealthIndicator) private readonly queues: QueueHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([
      // Without Redis photos are still shown: 200 and `degraded`, not 503, which would take the application out of service.
      () => this.redis.pingCheck('redis', { whenDown: 'degraded' }),
      () => this.queues.isHealthy('queues'),
    ]);
  }
}
