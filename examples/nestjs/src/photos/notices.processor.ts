/**
 * Tells the owner of a photo that it is there. Written for `@nestjs/bullmq`: only the import has changed.
 */
import { Logger } from '@nestjs/common';
import type { Job } from 'bullmq';
import { OnWorkerEvent, Processor, WorkerHost } from 'drover/nestjs';
import { NOTICES, type PhotoJob } from './queues.ts';

@Processor(NOTICES, { concurrency: 5 })
export class NoticesProcessor extends WorkerHost {
  private readonly logger = new Logger(NoticesProcessor.name);

  async process(job: Job<PhotoJob>): Promise<void> {
    // A mail, or a call of a webhook.
    this.logger.log(`Photo ${job.data.id} is published`);
  }

  @OnWorkerEvent('failed')
  onFailed(job: Job<PhotoJob> | undefined, error: Error): void {
    this.logger.warn(`Notice ${job?.id} has not been sent: ${error.message}`);
  }
}
