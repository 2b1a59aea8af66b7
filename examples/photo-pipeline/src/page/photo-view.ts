/**
 * One photo large, with all that is known about it: the content of the dialog, and of `/view/<id>`.
 *
 * Pure. Its links are real addresses, so it works without the script; the script follows them in place.
 */
import { ADVICE } from '../advice.ts';
import type { PhotoView } from '../catalogue.ts';
import { VARIANT_FORMATS, type VariantFormat } from '../images/variants.ts';
import { PHOTO_ERRORS } from '../photo-error.ts';
import type { ManifestVariant } from '../records.ts';
import { nameColour } from './colour-names.ts';
import { type Html, html } from './html.ts';
import { addressOf, renderPicture, renderPlaceholder } from './picture.ts';
import { count, STATUS_WORDS, sentence, toDay, toSize } from './words.ts';

/** A photo and what stands around it. */
export interface ShownPhoto {
  readonly view: PhotoView;
  /** Empty until all are made. */
  readonly variants: readonly ManifestVariant[];
  readonly alike: readonly PhotoView[];
  readonly previous: string | null;
  readonly next: string | null;
  /** From 1. */
  readonly position: number;
  readonly total: number;
}

const FORMAT_WORDS: Readonly<Record<VariantFormat, string>> = { webp: 'WebP', avif: 'AVIF' };
/** The picture has the window, less the facts beside it where there is room for both. */
const VIEW_SIZES = '(max-width: 860px) 100vw, calc(100vw - 340px)';

export function renderPhotoView(shown: ShownPhoto): string {
  const { view, position, total } = shown;
  return html`<article data-key="${view.id}" data-photo="${view.id}" data-status="${view.status}">
  <nav class="bar" aria-label="Photos">
    <span class="position">${position} of ${total}</span>
    ${renderStep('prev', 'Previous', shown.previous)}
    ${renderStep('next', 'Next', shown.next)}
    <a class="plain" href="/" data-close>Close</a>
  </nav>
  ${renderFigure(view)}
  <div class="about">
    <h2 id="photo-name" tabindex="-1">${view.name}</h2>
    ${renderOutcome(view)}
    ${renderFacts(view)}
    ${renderPalette(view.colours)}
    ${renderAlike(shown.alike)}
    ${renderVariants(view.id, shown.variants)}
  </div>
</article>`.toString();
}

function renderStep(rel: 'prev' | 'next', words: string, id: string | null): Html {
  if (id === null) return html`<a class="plain" role="link" aria-disabled="true">${words}</a>`;
  return html`<a class="plain" rel="${rel}" href="/view/${id}">${words}</a>`;
}

function renderFigure(view: PhotoView): Html {
  const picture = renderPicture(view, {
    ...{ upTo: 1920, better: ['avif'], sizes: VIEW_SIZES, loading: 'eager' },
  });
  if (picture !== null) return html`<figure>${renderPlaceholder(view)}${picture}</figure>`;
  const words = view.error === null ? 'The picture is still being made.' : 'There is no picture.';
  return html`<figure>${renderPlaceholder(view)}<p class="note">${words}</p></figure>`;
}

function renderOutcome({ error, status, doneSteps, totalSteps }: PhotoView): Html | null {
  if (error !== null) {
    const { title } = PHOTO_ERRORS[error.code];
    return html`<div class="problem"><p><strong>${title}.</strong> ${sentence(error.message)}</p><p>${ADVICE[error.code]}</p></div>`;
  }
  if (status === 'done') return null;
  const words = `${STATUS_WORDS[status]} · ${doneSteps} of ${totalSteps} steps`;
  return html`<p class="line">${words}</p><progress max="${totalSteps}" value="${doneSteps}" aria-label="Steps"></progress>`;
}

function renderFacts({ facts, bytes, receivedAt }: PhotoView): Html {
  const rows: readonly (readonly [string, string | null])[] = [
    ['Taken', facts?.takenAt ? `${toDay(facts.takenAt)}, ${facts.takenAt.slice(11, 16)}` : null],
    ['Camera', facts?.camera ?? null],
    ['Size', facts === null ? null : `${facts.width} × ${facts.height} pixels`],
    ['Original', toOriginal(facts?.format ?? null, bytes)],
    [
      'Turned',
      facts !== null && facts.orientation !== 1 ? 'upright, as the camera was held' : null,
    ],
    ['Place', facts?.hasGps ? 'was in the original, is in none of the pictures' : null],
    ['Added', receivedAt === null ? null : toDay(new Date(receivedAt).toISOString().slice(0, 19))],
  ];
  const known = rows.filter(([, value]) => value !== null);
  return html`<dl>${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function toOriginal(format: string | null, bytes: number | null): string | null {
  const parts = [format?.toUpperCase() ?? null, bytes === null ? null : toSize(bytes)];
  return parts.filter((part) => part !== null).join(', ') || null;
}

/** SVG, because the page's policy allows no style attribute. */
function renderPalette(colours: readonly string[]): Html | null {
  if (colours.length === 0) return null;
  const items = colours.map(
    (colour) =>
      html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" fill="${colour}"/></svg>${nameColour(colour)} <code>${colour}</code></li>`,
  );
  return html`<h3>Colours</h3><ul class="palette">${items}</ul>`;
}

function renderAlike(alike: readonly PhotoView[]): Html | null {
  if (alike.length === 0) return null;
  const items = alike.map((view) => {
    const picture = renderPicture(view, { upTo: 320, sizes: '96px', loading: 'lazy' });
    return html`<li><a href="/view/${view.id}">${picture ?? view.name}</a></li>`;
  });
  return html`<h3>${count(alike.length, 'photo looks', 'photos look')} alike</h3><ul class="alike">${items}</ul>`;
}

function renderVariants(id: string, variants: readonly ManifestVariant[]): Html | null {
  if (variants.length === 0) return null;
  const rows = VARIANT_FORMATS.flatMap((format) =>
    variants
      .filter((variant) => variant.format === format)
      .map(
        ({ size, width, height, bytes }) =>
          html`<tr><th scope="row"><a href="${addressOf(id, size, format)}">${size} ${FORMAT_WORDS[format]}</a></th><td>${width} × ${height}</td><td>${toSize(bytes)}</td></tr>`,
      ),
  );
  return html`<h3>Sizes</h3><table class="sizes"><thead><tr><th scope="col">picture</th><th scope="col">pixels</th><th scope="col">file</th></tr></thead><tbody>${rows}</tbody></table>`;
}
