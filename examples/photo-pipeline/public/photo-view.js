/**
 * One photo large, in a dialog over the gallery. The address is the truth: `/view/<id>` shows that photo, every
 * other address shows none, so links, the way back and a reload work as everywhere.
 */
import { morphInside } from './morph.js';

const GALLERY_TITLE = 'Photo pipeline';
/** In the place of a photo that the service does not show. */
const NOTHING = `<article><nav class="bar" aria-label="Photos"><span class="position"></span>
  <a class="plain" href="/" data-close>Close</a></nav>
  <div class="about"><h2 id="photo-name" tabindex="-1">No photo</h2>
  <p class="problem">The service does not answer. The photo comes when it does.</p></div></article>`;

/** @param {HTMLDialogElement} dialog */
export function createPhotoView(dialog) {
  const content = /** @type {HTMLElement} */ (dialog.querySelector('.photo-view'));
  const status = /** @type {HTMLElement} */ (dialog.querySelector('[role=status]'));
  /** The address may have named a photo, and the server has shown it. @type {string | null} */
  let shownId = content.querySelector('article')?.getAttribute('data-photo') ?? null;
  let asked = 0;

  const idOfPage = () => /^\/view\/([0-9a-f]{64})$/.exec(location.pathname)?.[1] ?? null;

  /** @param {string} id @returns {Promise<string | null>} `null` when it cannot be had now */
  const fetchPart = async (id) => {
    const answer = await fetch(`/parts/photos/${id}`).catch(() => null);
    return answer?.ok ? answer.text() : null;
  };

  /** Makes the dialog what the address says. */
  const sync = async () => {
    const id = idOfPage();
    const turn = ++asked;
    if (id === null) return hide();
    const markup = await fetchPart(id);
    if (turn !== asked || (markup === null && id === shownId)) return;
    const wasAt = document.activeElement?.getAttribute('rel');
    const isNew = id !== shownId;
    if (isNew) content.innerHTML = markup ?? NOTHING;
    else if (markup !== null) morphInside(content, markup);
    // What could not be had is asked for again with the next news.
    shownId = markup === null ? null : id;
    const isOpening = !dialog.matches(':modal');
    if (isOpening) {
      // An address that names a photo comes with the dialog open, but not above the page.
      dialog.removeAttribute('open');
      dialog.showModal();
    }
    if (!isNew && !isOpening) return;
    /** @type {HTMLElement | null} */
    const target = wasAt ? content.querySelector(`[rel=${wasAt}]`) : null;
    (target ?? /** @type {HTMLElement | null} */ (content.querySelector('h2')))?.focus();
    const name = content.querySelector('h2')?.textContent ?? '';
    document.title = `${name} · ${GALLERY_TITLE}`;
    status.textContent = `${name}, ${content.querySelector('.position')?.textContent ?? ''}`;
  };

  const hide = () => {
    if (dialog.open) dialog.close();
    document.title = GALLERY_TITLE;
    if (shownId === null) return;
    const link = document.querySelector(`#p-${shownId} a`);
    if (link instanceof HTMLElement) link.focus();
    shownId = null;
  };

  /** @param {string} address */
  const go = (address) => {
    const isOpen = idOfPage() !== null;
    const state = { hasGalleryBehind: isOpen ? history.state?.hasGalleryBehind === true : true };
    if (isOpen) history.replaceState(state, '', address);
    else history.pushState(state, '', address);
    void sync();
  };

  const close = () => {
    if (idOfPage() === null) return;
    asked += 1;
    if (history.state?.hasGalleryBehind) return history.back();
    history.replaceState(null, '', '/');
    void sync();
  };

  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey)
      return;
    const isClose = link.hasAttribute('data-close');
    if (!isClose && !link.pathname.startsWith('/view/')) return;
    event.preventDefault();
    if (isClose) close();
    else go(link.pathname);
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const rel = { ArrowLeft: 'prev', ArrowRight: 'next' }[event.key];
    if (rel === undefined) return;
    const link = content.querySelector(`[rel=${rel}]`);
    if (link instanceof HTMLElement) link.click();
  });
  // Escape closes the dialog itself.
  dialog.addEventListener('close', close);
  addEventListener('popstate', () => void sync());
  if (idOfPage() !== null) void sync();

  return {
    /** Something about a photo has changed. @param {string} [id]  without it: perhaps all */
    refresh(id) {
      const here = idOfPage();
      if (here !== null && (id === undefined || id === here)) void sync();
    },
  };
}
