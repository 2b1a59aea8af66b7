/**
 * Takes photos and tells how far they are.
 *
 * A photo is stored first and queued second. When Redis is away in between, the client is told so and sends it again:
 * its id is made from its bytes and the ids of its jobs from that, so nothing is done twice.
 */
import { Readable } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FlowJob, FlowProducer } from 'bullmq';
import { InjectFlowProducer, InjectQueue, type QueueOf } from 'drover/nestjs';
import { Storage } from 'photo-pipeline';
import type { Photo } from './photo.pipe.ts';
import { IMAGES, PHOTOS } from './queues.ts';

/** How far a photo is, as clients see it. A `stored` one is in no queue: send it again. */
export interface PhotoView {
  readonly id: string;
  readonly status: 'stored' | 'processing' | 'done' | 'failed';
  /** While it is processed: how many pictures there are already. */
  readonly progress?: unknown;
  /** Of a failed one. */
  readonly error?: unknown;
  /** Of one that is done: size, camera, colours, pictures, near-duplicates. */
  readonly manifest?: unknown;
}

@Injectable()
export class PhotosService {
  private readonly logger = new Logger(PhotosService.name);

  constructor(
    @Inject(Storage) private readonly storage: Storage,
    @InjectQueue(PHOTOS) private readonly photos: QueueOf<typeof PHOTOS>,
    @InjectQueue(IMAGES) private readonly images: QueueOf<typeof IMAGES>,
    @InjectFlowProducer() private readonly flows: FlowProducer,
  ) {}

  /** Stores the photo and adds its jobs. Rejects with a retryable `CoordinatorError` while Redis is away. */
  async take({ bytes, facts }: Photo): Promise<PhotoView> {
    const { id } = await this.storage.receive(Readable.from([bytes]));
    await this.storage.writeRecord('facts', id, facts);
    const ended = await this.findEnded(id);
    if (ended) return ended;
    await this.addJobs(id);
    return { id, status: 'processing' };
  }

  /** Null when there is no such photo. Of one that is done or has failed, Redis is not asked. */
  async find(id: string): Promise<PhotoView | null> {
    const ended = await this.findEnded(id);
    if (ended) return ended;
    if (!(await this.storage.hasOriginal(id))) return null;
    if (!(await this.photos.getJob(jobIdOf('publish', id)))) return { id, status: 'stored' };
    const job = await this.images.getJob(jobIdOf('variants', id));
    return { id, status: 'processing', progress: job?.progress };
  }

  /** Null while there is none. */
  async thumbnailOf(id: string): Promise<string | null> {
    const variant = { size: 320, format: 'webp' } as const;
    const isThere = await this.storage.hasVariant(id, variant);
    return isThere ? this.storage.variantPath(id, variant) : null;
  }

  /** Writes down that a photo will not be done. Its first failure is the cause of all others. */
  async fail(id: string, step: string, { message }: Error): Promise<void> {
    this.logger.warn(`Photo ${id} has failed in ${step}: ${message}`);
    if (await this.storage.hasRecord('errors', id)) return;
    await this.storage.writeRecord('errors', id, { step, message });
  }

  private async findEnded(id: string): Promise<PhotoView | null> {
    const manifest = await this.storage.readRecord('manifests', id);
    if (manifest) return { id, status: 'done', manifest };
    const error = await this.storage.readRecord('errors', id);
    return error ? { id, status: 'failed', error } : null;
  }

  /** One flow: `publish` runs when all of its children have. All of it is added, or nothing. */
  private async addJobs(id: string): Promise<void> {
    const child = (name: string): FlowJob => ({
      ...{ name, queueName: IMAGES.name, data: { id } },
      opts: { jobId: jobIdOf(name, id), failParentOnFailure: true },
    });
    await this.flows.add({
      ...{ name: 'publish', queueName: PHOTOS.name, data: { id } },
      opts: { jobId: jobIdOf('publish', id) },
      children: [child('palette'), child('hash'), child('variants')],
    });
  }
}

function jobIdOf(name: string, photoId: string): string {
  return `${name}-${photoId}`;
}
