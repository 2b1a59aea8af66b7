/**
 * The picture of a photo as `<img>`: the sizes that exist so far, with their widths, over the blurred placeholder.
 *
 * Pure. Width and height are always given, so nothing moves when the picture comes.
 */
import type { PhotoView } from '../catalogue.ts';
import type { PhotoFacts } from '../images/inspect.ts';
import { VARIANT_SIZES, type VariantFormat, type VariantSize } from '../images/variants.ts';
import { variantStep } from '../job-ids.ts';
import { type Html, html } from './html.ts';
import { describePhoto } from './words.ts';

export interface PictureOptions {
  /** The largest size to offer. */
  readonly upTo: VariantSize;
  /** In the order in which browsers should like them; WebP is always there. @default WebP alone */
  readonly better?: readonly VariantFormat[];
  /** How wide it is shown: the `sizes` of the `<img>`. */
  readonly sizes: string;
  readonly loading: 'lazy' | 'eager';
  /** @default what is known about the photo */
  readonly alt?: string;
}

/** `null` as long as no size exists that every browser can show. */
export function renderPicture(view: PhotoView, options: PictureOptions): Html | null {
  const { upTo, better = [], sizes, loading, alt = describePhoto(view) } = options;
  const { facts } = view;
  if (facts === null) return null;
  const offered = VARIANT_SIZES.filter((size) => size <= upTo);
  const existing = offered.filter((size) => hasVariant(view, size, 'webp'));
  const largest = existing.at(-1);
  if (largest === undefined) return null;
  const { width, height } = fitInside(facts, upTo);
  const sources = better
    .filter((format) => existing.every((size) => hasVariant(view, size, format)))
    .map(
      (format) =>
        html`<source type="image/${format}" srcset="${toSet(view.id, facts, existing, format)}" sizes="${sizes}">`,
    );
  return html`<picture>${sources}<img class="photo" src="${addressOf(view.id, largest, 'webp')}" srcset="${toSet(view.id, facts, existing, 'webp')}" sizes="${sizes}" width="${width}" height="${height}" alt="${alt}" loading="${loading}" decoding="async"></picture>`;
}

/** The sixteen pixels that stand in for the picture until it comes. */
export function renderPlaceholder({ placeholder }: PhotoView): Html | null {
  if (placeholder === null) return null;
  return html`<img class="blur" src="${placeholder}" width="16" height="12" alt="">`;
}

export function addressOf(id: string, size: VariantSize, format: VariantFormat): string {
  return `/photos/${id}/${size}.${format}`;
}

/** As the variants are made: the longest edge fits, and nothing is enlarged. */
function fitInside({ width, height }: PhotoFacts, edge: number): { width: number; height: number } {
  const scale = Math.min(1, edge / Math.max(width, height));
  const scaled = (length: number): number => Math.max(1, Math.round(length * scale));
  return { width: scaled(width), height: scaled(height) };
}

/** One entry for each width: sizes above the original are as large as the original. */
function toSet(
  id: string,
  facts: PhotoFacts,
  sizes: readonly VariantSize[],
  format: VariantFormat,
): string {
  const byWidth = new Map<number, string>();
  for (const size of sizes) {
    const { width } = fitInside(facts, size);
    if (!byWidth.has(width)) byWidth.set(width, addressOf(id, size, format));
  }
  return [...byWidth].map(([width, address]) => `${address} ${width}w`).join(', ');
}

function hasVariant({ steps }: PhotoView, size: VariantSize, format: VariantFormat): boolean {
  return steps[variantStep({ size, format })] === true;
}
