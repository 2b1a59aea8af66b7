/**
 * The work on pixels. Its pool opens as many slots as the queue needs, in all processes together.
 *
 * Every step stores its result under one name and looks first whether it is there: a job that is run again, after a crash or
 * because it was handed back, does what is missing and nothing twice.
 */
import { Inject, UseFilters } from '@nestjs/common';
import { JobData, type JobIn, JobSignal, OnDeadLetter, OnJob, QueueConsumer } from 'drover/nestjs';
import { PhotoSteps, VARIANTS } from 'photo-pipeline';
import { BadPhotoFilter } from './bad-photo.filter.ts';
import { PhotosService } from './photos.service.ts';
import { IMAGES } from './queues.ts';

@QueueConsumer(IMAGES, { pool: { min: 1, max: 8, concurrency: 2 } })
@UseFilters(BadPhotoFilter)
export class ImagesConsumer {
  constructor(
    @Inject(PhotoSteps) private readonly steps: PhotoSteps,
    @Inject(PhotosService) private readonly photos: PhotosService,
  ) {}

  /** Looks at its signal between two pictures: told to stop, it goes back to the queue and keeps what it has made. */
  @OnJob('variants')
  async variants(
    job: JobIn<typeof IMAGES, 'variants'>,
    @JobSignal() signal: AbortSignal,
  ): Promise<void> {
    for (const [made, variant] of VARIANTS.entries()) {
      signal.throwIfAborted();
      await this.steps.variant(job.data.id, variant);
      await job.updateProgress({ made: made + 1, of: VARIANTS.length });
    }
  }

  @OnJob('palette')
  async palette(@JobData('id') id: string): Promise<void> {
    await this.steps.palette(id);
  }

  @OnJob('hash')
  async hash(@JobData('id') id: string): Promise<void> {
    await this.steps.hash(id);
  }

  /** Called when no attempt will follow. */
  @OnDeadLetter()
  failed({ name, data }: JobIn<typeof IMAGES>, error: Error): Promise<void> {
    return this.photos.fail(data.id, name, error);
  }
}
