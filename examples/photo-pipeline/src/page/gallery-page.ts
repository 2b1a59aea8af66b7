/**
 * The gallery as a whole page, with or without one photo shown large. Loads nothing from outside, and nothing inline.
 *
 * Pure. Cards, state and photo come as text, because live updates send the same text.
 */
import type { PhotoView } from '../catalogue.ts';
import { type Html, html } from './html.ts';
import { renderCard } from './photo-card.ts';
import { renderPhotoView, type ShownPhoto } from './photo-view.ts';
import { type LiveState, renderState } from './state-banner.ts';

export interface GalleryParts {
  readonly state: LiveState;
  /** Newest first; no more than one page of them. */
  readonly views: readonly PhotoView[];
  readonly total: number;
  /** The photo that the address names. */
  readonly shown: ShownPhoto | null;
  /** Largest file that is taken, in bytes: the page tells before it sends. */
  readonly maxFileBytes: number;
}

/** Marks where finished markup goes; it cannot occur in markup. */
const SLOT = '\u0000';

export function renderGallery({ state, views, total, shown, maxFileBytes }: GalleryParts): string {
  const title = shown === null ? 'Photo pipeline' : `${shown.view.name} · Photo pipeline`;
  const page = html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title}</title>
  <link rel="icon" href="/page/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/page/page.css">
  <link rel="stylesheet" href="/page/photos.css">
  <link rel="stylesheet" href="/page/photo-view.css">
  <link rel="stylesheet" href="/page/uploads.css">
  <script type="module" src="/page/gallery.js"></script>
</head>
<body>
  <a class="skip" href="#photos">To the photos</a>
  <header>
    <h1>Photo pipeline</h1>
    <nav aria-label="Pages"><a href="/ops/">Queues</a></nav>
    <form id="upload" action="/photos" method="post" enctype="multipart/form-data" data-max-bytes="${maxFileBytes}">
      <span class="hint">Drop or paste photos anywhere, or</span>
      <label class="button">Add photos<input type="file" name="photos" multiple accept="image/*"></label>
      <noscript><button>Upload</button></noscript>
    </form>
  </header>
  <section id="state" aria-label="State">${SLOT}</section>
  <main>
    <div id="news" role="status"><button type="button" hidden></button></div>
    <ul id="photos" tabindex="-1" aria-label="Photos">${SLOT}</ul>
    <div id="empty">
      <p><strong>No photos yet.</strong></p>
      <p>Add some with the button above, drop them on this page, or paste one.</p>
    </div>
    <p id="older">${renderRest(views.length, total)}</p>
  </main>
  <section id="uploads" aria-label="Uploads" hidden>
    <div class="head"><h2>Uploads</h2><p role="status"></p><button type="button" class="plain">Clear</button></div>
    <ul tabindex="0" aria-label="Files"></ul>
  </section>
  <dialog id="viewer" aria-labelledby="photo-name"${SLOT}</div><p class="unseen" role="status"></p></dialog>
  <footer>
    <p>The arrow keys move between photos, Enter opens one, Escape closes it.</p>
    <p><a href="/health/redis">Health</a> <a href="/metrics">Metrics</a></p>
  </footer>
</body>
</html>
`;
  return fill(page, [
    renderState(state),
    views.map(renderCard).join('\n'),
    shown === null
      ? '><div class="photo-view">'
      : ` open><div class="photo-view">${renderPhotoView(shown)}`,
  ]);
}

function renderRest(here: number, total: number): string {
  return here < total ? `These are the newest ${here} of ${total} photos.` : '';
}

function fill(page: Html, parts: readonly string[]): string {
  const [first = '', ...rest] = page.toString().split(SLOT);
  return rest.reduce((text, after, at) => `${text}${parts[at] ?? ''}${after}`, first);
}
