/**
 * One photo as a card of the gallery: the picture, its name, and one line that says the most important thing.
 *
 * Pure. Used for the first page and for every live update, so the two cannot differ. A card is as high while
 * its photo waits as it is when the photo is done: what comes later fills places that are kept free.
 */
import { ADVICE } from '../advice.ts';
import type { PhotoView } from '../catalogue.ts';
import { PHOTO_ERRORS } from '../photo-error.ts';
import { type Html, html } from './html.ts';
import { renderPicture, renderPlaceholder } from './picture.ts';
import { STATUS_WORDS, sentence, toDay, toSize } from './words.ts';

/** As wide as the style sheet's grid makes a card. */
const CARD_SIZES = '(max-width: 640px) 46vw, 320px';

export function renderCard(view: PhotoView): string {
  const { id, name, status } = view;
  return html`<li class="card" id="p-${id}" data-key="${id}" data-status="${status}">
  <a class="tile" href="/view/${id}" data-fit="${fitOf(view)}">${renderTile(view)}</a>
  <h2 title="${name}">${name}</h2>
  ${renderLine(view)}
</li>`.toString();
}

function renderTile(view: PhotoView): Html {
  const picture = renderPicture(view, { upTo: 960, sizes: CARD_SIZES, loading: 'lazy' });
  const note = picture === null ? renderNote(view) : null;
  return html`${renderPlaceholder(view)}${picture}${note}${renderAlike(view)}`;
}

/** What stands in the picture's place. */
function renderNote({ name, status, error }: PhotoView): Html {
  const who = html`<span class="unseen">${name}: </span>`;
  if (error === null) return html`<span class="note">${who}${STATUS_WORDS[status]}</span>`;
  return html`<span class="note">${who}${sentence(error.message)} <span class="advice">${ADVICE[error.code]}</span></span>`;
}

function renderAlike({ nearDuplicates }: PhotoView): Html | null {
  if (nearDuplicates.length === 0) return null;
  return html`<span class="badge">${nearDuplicates.length} alike</span>`;
}

function renderLine(view: PhotoView): Html {
  const { status, error, doneSteps, totalSteps } = view;
  if (error !== null) return html`<p class="line bad">${PHOTO_ERRORS[error.code].title}</p>`;
  if (status === 'done') return html`<p class="line">${toFacts(view)}</p>`;
  const steps = doneSteps === 0 ? '' : ` · ${doneSteps} of ${totalSteps} steps`;
  return html`<p class="line">${STATUS_WORDS[status]}${steps}</p><progress max="${totalSteps}" value="${doneSteps}" aria-label="Steps of ${view.name}"></progress>`;
}

/** When and with what; without a camera's word, how large. */
function toFacts({ facts, bytes }: PhotoView): string {
  const taken = facts?.takenAt ? toDay(facts.takenAt) : null;
  const origin = [facts?.camera ?? null, taken].filter((each) => each !== null);
  if (origin.length > 0) return origin.join(' · ');
  const picture = facts === null ? null : `${facts.width} × ${facts.height}`;
  return [picture, bytes === null ? null : toSize(bytes)].filter(Boolean).join(' · ');
}

/** Most photos may fill their tile; tall ones and panoramas would lose too much. */
function fitOf({ facts }: PhotoView): 'cover' | 'contain' {
  if (facts === null) return 'cover';
  const ratio = facts.width / facts.height;
  return ratio >= 1.1 && ratio <= 2 ? 'cover' : 'contain';
}
