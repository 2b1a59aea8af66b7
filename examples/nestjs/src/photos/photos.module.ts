/**
 * Photos: the queues that they go through, who adds to them, who runs their jobs, and where the files are.
 */
import { Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { BullMqConsumerModule } from 'drover/nestjs';
import { createFactsCache, PhotoSteps, Storage } from 'photo-pipeline';
import type { Settings } from '../settings.ts';
import { ImagesConsumer } from './images.consumer.ts';
import { NoticesProcessor } from './notices.processor.ts';
import { PhotosConsumer } from './photos.consumer.ts';
import { PhotosController } from './photos.controller.ts';
import { PhotosService } from './photos.service.ts';
import { IMAGES, NOTICES, PHOTOS } from './queues.ts';

@Module({
  imports: [BullMqConsumerModule.forFeature([PHOTOS, IMAGES, NOTICES])],
  controllers: [PhotosController],
  providers: [
    ...[PhotosService, ImagesConsumer, PhotosConsumer, NoticesProcessor],
    {
      provide: Storage,
      inject: [ConfigService],
      useFactory: async (config: ConfigService<Settings, true>): Promise<Storage> => {
        const storage = new Storage(config.get('DROVER_DATA_DIR', { infer: true }));
        await storage.open();
        return storage;
      },
    },
    {
      provide: PhotoSteps,
      inject: [Storage],
      useFactory: (storage: Storage) =>
        new PhotoSteps(
          storage,
          createFactsCache(undefined, () => {}),
        ),
    },
  ],
})
export class PhotosModule {}
