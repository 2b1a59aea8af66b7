/**
 * Names of queues, steps and jobs.
 *
 * Job ids are made from the photo's id and the step, so adding a job twice is adding it once. They begin
 * with a letter and hold no colon: BullMQ refuses both whole numbers and colons.
 */
import { VARIANTS, type Variant } from './images/variants.ts';

export const PHOTO_QUEUE = 'photo-processing';
export const IMAGE_QUEUE = 'image-processing';

/** One step of a photo's way, `variant-320-webp` for each variant. */
export type StepName = 'inspect' | 'hash' | 'palette' | 'manifest' | `variant-${string}`;

export function variantStep({ size, format }: Variant): StepName {
  return `variant-${size}-${format}`;
}

/** All steps in the order in which they can finish. */
export const STEPS: readonly StepName[] = [
  'inspect',
  'palette',
  'hash',
  ...VARIANTS.map(variantStep),
  'manifest',
];

export function toJobId(photoId: string, step: StepName): string {
  return `p-${photoId}-${step}`;
}

/** @returns the photo's id, `null` when the job is none of ours */
export function photoIdOfJob(jobId: string): string | null {
  return /^p-([0-9a-f]{64})-/.exec(jobId)?.[1] ?? null;
}
