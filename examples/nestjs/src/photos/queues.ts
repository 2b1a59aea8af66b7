/**
 * The queues and the shape of their jobs. Jobs carry the id of a photo, never its bytes.
 *
 * What is not said here is Drover's default: 3 attempts, backoff from 2 s, the last 100 completed and 500 failed jobs kept.
 */
import { defineQueue } from 'drover';
import { z } from 'zod';

/** The id of a photo is the SHA-256 of its bytes. */
const PhotoJob = z.object({ id: z.string().regex(/^[0-9a-f]{64}$/) });
export type PhotoJob = z.infer<typeof PhotoJob>;

/** The work on pixels: six pictures of three sizes, the colours, a hash that finds near-duplicates. */
export const IMAGES = defineQueue('images', {
  jobs: { variants: PhotoJob, palette: PhotoJob, hash: PhotoJob },
  job: { timeoutMs: '60s' },
});

/** What happens to a photo when all of that is done. */
export const PHOTOS = defineQueue('photos', { jobs: { publish: PhotoJob } });

/** As `@nestjs/bullmq` has them: a name, and whatever the jobs hold. */
export const NOTICES = 'notices';
