/**
 * The gallery as a whole page. Loads nothing from outside, and nothing inline: see `PAGE_POLICY`.
 */
import type { PhotoView } from '../catalogue.ts';
import { type Html, html } from './html.ts';
import { renderCard } from './photo-card.ts';
import { type LiveState, renderState } from './state-banner.ts';

/** Content security policy of every answer of this service. */
export const PAGE_POLICY: string = [
  "default-src 'none'",
  "img-src 'self' data:",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Marks where finished markup goes; it cannot occur in markup. */
const SLOT = '\u0000';

/** The cards and the state come as text, because live updates send the same text. */
export function renderGallery(state: LiveState, views: readonly PhotoView[]): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Photo pipeline</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/gallery.css">
  <script src="/gallery.js" defer></script>
</head>
<body>
  <header>
    <h1>Photo pipeline</h1>
    <form id="upload" action="/photos" method="post" enctype="multipart/form-data">
      <label class="button">Add photos<input type="file" name="photos" multiple accept="image/*"></label>
      <noscript><button>Upload</button></noscript>
      <span class="hint">or drop them anywhere</span>
    </form>
    <nav><a href="/health/redis">health</a> <a href="/api/v1/queue/health">queues</a> <a href="/metrics">metrics</a></nav>
  </header>
  <section id="state">${SLOT}</section>
  <ul id="messages" role="status"></ul>
  <main id="photos">${SLOT}</main>
  <p id="empty">No photos yet.</p>
</body>
</html>
`;
  return fill(page, [renderState(state), views.map(renderCard).join('\n')]);
}

function fill(page: Html, parts: readonly string[]): string {
  const [first = '', ...rest] = page.toString().split(SLOT);
  return rest.reduce((text, after, at) => `${text}${parts[at] ?? ''}${after}`, first);
}
