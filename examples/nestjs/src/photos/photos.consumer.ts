/**
 * Publishes a photo whose pictures are there, and has its owner told.
 */
import { Inject } from '@nestjs/common';
import type { Queue } from 'bullmq';
import {
  InjectQueue,
  JobData,
  type JobIn,
  OnDeadLetter,
  OnJob,
  QueueConsumer,
} from 'drover/nestjs';
import { PhotoSteps } from 'photo-pipeline';
import { PhotosService } from './photos.service.ts';
import { NOTICES, PHOTOS } from './queues.ts';

@QueueConsumer(PHOTOS)
export class PhotosConsumer {
  constructor(
    @Inject(PhotoSteps) private readonly steps: PhotoSteps,
    @Inject(PhotosService) private readonly photos: PhotosService,
    @InjectQueue(NOTICES) private readonly notices: Queue,
  ) {}

  @OnJob('publish')
  async publish(@JobData('id') id: string): Promise<void> {
    await this.steps.manifest(id);
    // Works while the application is stopping, too: queues are closed when all running jobs have ended.
    await this.notices.add('published', { id }, { jobId: `published-${id}` });
  }

  @OnDeadLetter()
  failed({ name, data }: JobIn<typeof PHOTOS>, error: Error): Promise<void> {
    return this.photos.fail(data.id, name, error);
  }
}
