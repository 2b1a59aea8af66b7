/**
 * The service as a client sees it: uploads, and photos as JSON.
 */

import { type UntilOptions, until } from '../../../../test/support/until.ts';
import type { PhotoView } from '../../src/catalogue.ts';
import type { IntakeResult } from '../../src/intake.ts';
import type { PhotoErrorCode, PublicError } from '../../src/photo-error.ts';
import type { Manifest } from '../../src/records.ts';

/** The answer to an upload: what was taken, or problem JSON. */
export interface UploadAnswer {
  readonly status: number;
  readonly code?: PhotoErrorCode;
  readonly detail?: string;
  readonly photos: readonly { id: string; name: string; result: IntakeResult }[];
  readonly refused?: readonly (PublicError & { name: string | null })[];
}

/** Sends files as a browser's form does. */
export async function upload(
  url: string,
  files: readonly (readonly [name: string, bytes: Buffer])[],
  headers: Readonly<Record<string, string>> = {},
): Promise<UploadAnswer> {
  const form = new FormData();
  for (const [name, bytes] of files) form.append('photos', new Blob([new Uint8Array(bytes)]), name);
  const answer = await fetch(`${url}/photos`, { method: 'POST', body: form, headers });
  const body = (await answer.json()) as Omit<UploadAnswer, 'status'>;
  return { ...body, status: answer.status };
}

/** All photos, by name. */
export async function getPhotos(url: string): Promise<Record<string, PhotoView>> {
  const answer = await fetch(`${url}/photos?limit=1000`);
  const { photos } = (await answer.json()) as { photos: PhotoView[] };
  return Object.fromEntries(photos.map((photo) => [photo.name, photo]));
}

export async function getPhoto(
  url: string,
  id: string,
): Promise<PhotoView & { manifest: Manifest | null }> {
  const answer = await fetch(`${url}/photos/${id}`);
  return (await answer.json()) as PhotoView & { manifest: Manifest | null };
}

/** Waits until there are so many photos and each is done or has failed. @returns them by name */
export function allSettled(
  url: string,
  count: number,
  options: UntilOptions = {},
): Promise<Record<string, PhotoView>> {
  return until(
    async () => {
      const photos = await getPhotos(url);
      const settled = Object.values(photos).filter(({ status }) => /^(done|failed)$/.test(status));
      return settled.length === count && photos;
    },
    { timeoutMs: 45_000, intervalMs: 60, what: `${count} photos are settled`, ...options },
  );
}

/** How many photos are in which state, as `{ done: 3 }`. */
export function countStates(photos: Record<string, PhotoView>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of Object.values(photos)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
