/**
 * One photo as a card: placeholder, then thumbnail, the steps that are done, the error in words.
 *
 * Pure. Used for the first page and for every live update, so the two cannot differ.
 */
import type { PhotoStatus, PhotoView } from '../catalogue.ts';
import { VARIANTS } from '../images/variants.ts';
import { type Html, html } from './html.ts';

const STATUS_WORDS: Readonly<Record<PhotoStatus, string>> = {
  stored: 'kept, not queued yet',
  queued: 'queued',
  working: 'working',
  done: 'done',
  failed: 'failed',
};

export function renderCard(view: PhotoView): string {
  return html`<article class="card" id="p-${view.id}" data-status="${view.status}">
  ${renderPicture(view)}
  <div class="text">
    <h2 title="${view.name}">${view.name}</h2>
    ${renderFacts(view)}
    ${view.error === null ? renderSteps(view) : renderError(view.error)}
    ${view.status === 'done' ? renderResult(view) : null}
  </div>
</article>`.toString();
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

function renderFacts({ facts, bytes, colours }: PhotoView): Html {
  const known = [
    facts === null ? null : `${facts.width} × ${facts.height}`,
    bytes === null ? null : toSize(bytes),
    facts?.camera ?? null,
    facts?.takenAt?.replace('T', ' ').slice(0, 16) ?? null,
    facts?.hasGps ? 'GPS removed' : null,
    facts !== null && facts.orientation !== 1 ? `turned upright (${facts.orientation})` : null,
  ].filter((fact) => fact !== null);
  return html`<p class="facts">${known.join(' · ')}</p>${renderColours(colours)}`;
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

function renderResult({ id, nearDuplicates }: PhotoView): Html {
  const links = VARIANTS.map(
    ({ size, format }) => html`<a href="/photos/${id}/${size}.${format}">${size} ${format}</a> `,
  );
  return html`<p class="links">${links}</p>${renderDuplicates(nearDuplicates)}`;
}

function renderDuplicates(ids: readonly string[]): Html | null {
  const first = ids[0];
  if (first === undefined) return null;
  const words = ids.length === 1 ? 'another photo' : `${ids.length} other photos`;
  return html`<p class="duplicates">Looks like <a href="#p-${first}">${words}</a></p>`;
}

function toSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
