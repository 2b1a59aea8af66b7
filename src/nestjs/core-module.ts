/**
 * What there is once in an application, however often the consumer module is imported. Nest makes a static module once.
 */
import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { BullRegistrar } from './bull-registrar.ts';
import { Consumers } from './consumers.ts';
import { Dashboards } from './dashboard/dashboards.ts';
import { QueueHealthIndicator, RedisHealthIndicator } from './health/health-indicators.ts';
import { JobHandlers } from './jobs/job-handlers.ts';
import { ProcessorDecoratorService } from './jobs/processor-decorator.ts';
import { Lifecycle } from './lifecycle.ts';
import { Listeners } from './listeners.ts';
import { QuietModule } from './quiet-module.ts';
import { ROOT_MAKER, ROOTS_FOR_REAL, Roots } from './roots.ts';

/** Its providers are for this package, but for the registrar and the indicators. */
@Global()
@Module({
  imports: [DiscoveryModule, QuietModule],
  providers: [
    { provide: ROOT_MAKER, useValue: ROOTS_FOR_REAL },
    ...[Roots, ProcessorDecoratorService, JobHandlers, Consumers, Listeners],
    ...[BullRegistrar, Lifecycle],
    ...[Dashboards, RedisHealthIndicator, QueueHealthIndicator],
  ],
  exports: [Roots, BullRegistrar, Dashboards, RedisHealthIndicator, QueueHealthIndicator],
})
export class CoreModule {}
