/**
 * What other programs of this repository use: the image operations, the steps, and the queues around them.
 */

export { createFactsCache, type FactsCache } from './facts-cache.ts';
export { inspectPhoto, type PhotoFacts } from './images/inspect.ts';
export { type Palette, readPalette } from './images/palette.ts';
export { countDifferentBits, hashPhoto, NEAR_DUPLICATE_BITS } from './images/perceptual-hash.ts';
export {
  type RenderedVariant,
  renderVariant,
  VARIANT_FORMATS,
  VARIANT_SIZES,
  VARIANTS,
  type Variant,
} from './images/variants.ts';
export { PHOTO_ERRORS, PhotoError, type PhotoErrorCode } from './photo-error.ts';
export { createPipeline, type Pipeline, type PipelineOptions } from './pipeline.ts';
export {
  makeSamplePhotos,
  renderSamplePhoto,
  SAMPLE_PHOTOS,
  type SamplePhoto,
} from './sample-photos.ts';
export { PhotoSteps } from './steps.ts';
export { isPhotoId, Storage } from './storage.ts';
