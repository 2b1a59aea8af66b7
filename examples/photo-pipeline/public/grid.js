/**
 * The photos on the page: cards are renewed in place, and new ones never move what somebody looks at.
 *
 * New cards come in at once while the top of the page is in view and nobody is at the photos; else they wait
 * behind a button. Arrow keys move between the photos as they lie.
 */
import { morph, toElements } from './morph.js';

/** Further down than this, the first row is out of sight. */
const TOP_PX = 120;

/** @param {HTMLElement} list @param {HTMLButtonElement} news */
export function createGrid(list, news) {
  /** Cards that wait, oldest first. @type {Map<string, Element>} */
  const held = new Map();

  const isEmpty = () => list.querySelector('li') === null;
  const isLookedAt = () =>
    scrollY > TOP_PX ||
    document.querySelector('dialog[open]') !== null ||
    list.contains(document.activeElement) ||
    (matchMedia('(hover: hover)').matches && list.matches(':hover'));

  const showNews = () => {
    news.hidden = held.size === 0;
    news.textContent = held.size === 1 ? '1 new photo' : `${held.size} new photos`;
  };

  /** @param {Element} card @param {boolean} [isWanted] */
  const put = (card, isWanted = false) => {
    const old = document.getElementById(card.id);
    if (old !== null) return morph(old, card);
    if (!isWanted && (held.has(card.id) || (!isEmpty() && isLookedAt()))) held.set(card.id, card);
    else list.prepend(card);
    showNews();
  };

  const showHeld = () => {
    for (const card of held.values()) list.prepend(card);
    held.clear();
    showNews();
  };

  news.addEventListener('click', () => {
    showHeld();
    scrollTo({ top: 0 });
    list.querySelector('a')?.focus({ preventScroll: true });
  });
  list.addEventListener('keydown', (event) => moveFocus(list, event));

  return {
    put,
    /** Shows a card at once that is waiting. @param {string} id */
    reveal(id) {
      const card = held.get(`p-${id}`);
      if (card === undefined) return;
      held.delete(card.id);
      put(card, true);
    },
    /** Takes over all cards, as after a time without news. @param {string} markup  newest first */
    renew(markup) {
      const cards = toElements(markup);
      const ids = new Set(cards.map(({ id }) => id));
      for (const old of [...list.children]) if (!ids.has(old.id)) old.remove();
      for (const card of cards.reverse()) put(card);
    },
  };
}

/** @param {HTMLElement} list @param {KeyboardEvent} event */
function moveFocus(list, event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const links = [...list.querySelectorAll('a')];
  const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  const firstTop = links[0]?.getBoundingClientRect().top;
  const columns = links.filter((link) => link.getBoundingClientRect().top === firstTop).length;
  const to = {
    ...{ ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns },
    ...{ Home: 0, End: links.length - 1 },
  }[event.key];
  if (at === -1 || to === undefined) return;
  event.preventDefault();
  links[to]?.focus();
}
