/**
 * One photo as a card: placeholder, then thumbnail, the steps that are done, the error in words.
 *
 * Pure. Used for the first page and for every live update, so the two cannot differ.
 */
import type { PhotoStatus, PhotoView } from '../catalogue.ts';
import { VARIANT_FORMATS, VARIANT_SIZES, type VariantFormat } from '../images/variants.ts';
import { type Html, html } from './html.ts';

const STATUS_WORDS: Readonly<Record<PhotoStatus, string>> = {
  stored: 'kept, not queued yet',
  queued: 'queued',
  working: 'working',
  done: 'done',
  failed: 'failed',
};

const FORMAT_WORDS: Readonly<Record<VariantFormat, string>> = { webp: 'WebP', avif: 'AVIF' };

export function renderCard(view: PhotoView): string {
  return html`<article class="card" id="p-${view.id}" data-status="${view.status}">
  ${renderPicture(view)}
  ${renderColours(view.colours)}
  <div class="text">
    <h2 title="${view.name}">${view.name}</h2>
    ${renderFacts(view)}
    ${renderTags(view)}
    ${renderOutcome(view)}
  </div>
</article>`.toString();
}

function renderOutcome(view: PhotoView): Html {
  if (view.error !== null) return renderError(view.error);
  return view.status === 'done' ? renderLinks(view) : renderSteps(view);
}

function renderPicture({ id, placeholder, thumbnail, status }: PhotoView): Html {
  const blur = placeholder === null ? null : html`<img class="blur" src="${placeholder}" alt="">`;
  const picture =
    thumbnail === null
      ? html`<span class="none">${status === 'failed' ? 'no picture' : '…'}</span>`
      : html`<img class="thumb" src="${thumbnail}" alt="" loading="lazy" decoding="async">`;
  if (status !== 'done') return html`<div class="picture">${blur}${picture}</div>`;
  return html`<a class="picture" href="/photos/${id}/1920.webp">${blur}${picture}</a>`;
}

/** What the picture is, then where it comes from. */
function renderFacts({ facts, bytes }: PhotoView): Html {
  const picture = [
    facts === null ? null : `${facts.width} × ${facts.height}`,
    bytes === null ? null : toSize(bytes),
  ];
  const origin = [facts?.camera ?? null, facts?.takenAt?.slice(0, 10) ?? null];
  const lines = [picture, origin].map((each) => each.filter((fact) => fact !== null).join(' · '));
  return html`${lines.filter(Boolean).map((line) => html`<p class="facts">${line}</p>`)}`;
}

function renderTags({ facts, nearDuplicates }: PhotoView): Html | null {
  const tags = [
    facts !== null && facts.orientation !== 1 ? html`<li>turned upright</li>` : null,
    facts?.hasGps ? html`<li>GPS removed</li>` : null,
    renderDuplicates(nearDuplicates),
  ].filter((tag) => tag !== null);
  return tags.length === 0 ? null : html`<ul class="tags">${tags}</ul>`;
}

/** Rectangles of an SVG, because the page's policy allows no inline styles. */
function renderColours(colours: readonly string[]): Html | null {
  if (colours.length === 0) return null;
  const cells = colours.map(
    (colour, at) => html`<rect x="${at * 20}" width="20" height="6" fill="${colour}"/>`,
  );
  return html`<svg class="colours" viewBox="0 0 ${colours.length * 20} 6" preserveAspectRatio="none" role="img" aria-label="Dominant colours: ${colours.join(', ')}">${cells}</svg>`;
}

function renderSteps({ steps, doneSteps, totalSteps, status }: PhotoView): Html {
  const pips = Object.entries(steps).map(
    ([name, isDone]) => html`<li class="${isDone ? 'done' : 'open'}" title="${name}"></li>`,
  );
  const words = `${doneSteps} of ${totalSteps} steps · ${STATUS_WORDS[status]}`;
  return html`<ol class="steps" aria-hidden="true">${pips}</ol><p class="progress">${words}</p>`;
}

function renderError({ code, message }: { code: string; message: string }): Html {
  return html`<p class="error"><strong>${code}</strong> ${message}</p>`;
}

function renderLinks({ id }: PhotoView): Html {
  const rows = VARIANT_FORMATS.map((format) => {
    const links = VARIANT_SIZES.map(
      (size) => html` <a href="/photos/${id}/${size}.${format}">${size}</a>`,
    );
    return html`<span><b>${FORMAT_WORDS[format]}</b>${links}</span>`;
  });
  return html`<p class="links">${rows}</p>`;
}

function renderDuplicates(ids: readonly string[]): Html | null {
  const first = ids[0];
  if (first === undefined) return null;
  const words = ids.length === 1 ? 'another photo' : `${ids.length} other photos`;
  return html`<li>looks like <a href="#p-${first}">${words}</a></li>`;
}

function toSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
