/**
 * The six pictures made from each original: three sizes, each as WebP and as AVIF.
 *
 * Upright, in sRGB, and without any metadata: the library copies none unless asked, and it is not asked.
 * A pure function of the original: the same input and variant give the same picture.
 */
import { decoding, type ImageSource, openUpright } from './decode.ts';

/** Longest edge in pixels; smaller originals are not enlarged. */
export const VARIANT_SIZES = [320, 960, 1920] as const;
export const VARIANT_FORMATS = ['webp', 'avif'] as const;

export type VariantSize = (typeof VARIANT_SIZES)[number];
export type VariantFormat = (typeof VARIANT_FORMATS)[number];

export interface Variant {
  readonly size: VariantSize;
  readonly format: VariantFormat;
}

/** All six, smallest first: a gallery shows thumbnails early. */
export const VARIANTS: readonly Variant[] = VARIANT_SIZES.flatMap((size) =>
  VARIANT_FORMATS.map((format) => ({ size, format })),
);

export interface RenderedVariant {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** @throws PhotoError `BROKEN_IMAGE`, `TOO_MANY_PIXELS` or `ORIGINAL_MISSING` */
export async function renderVariant(
  source: ImageSource,
  { size, format }: Variant,
): Promise<RenderedVariant> {
  const upright = openUpright(source).resize(size, size, {
    fit: 'inside',
    withoutEnlargement: true,
  });
  // Effort 2 of AVIF: a third of the time of the default 4 for files a few per cent larger.
  const encoded =
    format === 'webp' ? upright.webp({ quality: 80 }) : upright.avif({ quality: 55, effort: 2 });
  const { data, info } = await decoding(() => encoded.toBuffer({ resolveWithObject: true }));
  return { data, width: info.width, height: info.height };
}
