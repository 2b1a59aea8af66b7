/**
 * The work on pixels. Its pool opens as many slots as the queue needs, in all processes together.
 *
 * Every step stores its result under one name and looks first whether it is there: a job that is run again, after a crash or
 * because it was handed back, does what is missing and nothing twice.
 */
import { Inject, Logger, UseFilters } from '@nestjs/common';
import type { Job } from 'bullmq';
import { OnDeadLetter, OnJob, QueueConsumer } from 'drover/nestjs';
import { PhotoSteps, Storage, VARIANTS } from 'photo-pipeline';
import { BadPhotoFilter } from './bad-photo.filter.ts';
import { IMAGES, type PhotoJob } from './queues.ts';

@QueueConsumer(IMAGES, { pool: { min: 1, max: 8, concurrency: 2 } })
@UseFilters(BadPhotoFilter)
export class ImagesConsumer {
  private readonly logger = new Logger(ImagesConsumer.name);

  constructor(
    @Inject(PhotoSteps) private readonly steps: PhotoSteps,
    @Inject(Storage) private readonly storage: Storage,
  ) {}

  /** Looks at its signal between two pictures: told to stop, it goes back to the queue and keeps what it has made. */
  @OnJob('variants')
  async variants(job: Job<PhotoJob>, _token: string, signal: AbortSignal): Promise<void> {
    for (const [made, variant] of VARIANTS.entries()) {
      signal.throwIfAborted();
      await this.steps.variant(job.data.id, variant);
      await job.updateProgress({ made: made + 1, of: VARIANTS.length });
    }
  }

  @OnJob('palette')
  async palette({ data }: Job<PhotoJob>): Promise<void> {
    await this.steps.palette(data.id);
  }

  @OnJob('hash')
  async hash({ data }: Job<PhotoJob>): Promise<void> {
    await this.steps.hash(data.id);
  }

  /** Called when no attempt will follow. */
  @OnDeadLetter()
  async failed({ name, data }: Job<PhotoJob>, { message }: Error): Promise<void> {
    this.logger.warn(`Photo ${data.id} has failed in ${name}: ${message}`);
    await this.storage.writeRecord('errors', data.id, { step: name, message });
  }
}
