/**
 * The gallery's script: joins the grid, the large view, the uploads and the live stream.
 *
 * Plain modules for browsers, sent as they lie here. Markup comes finished and escaped from the server.
 */
import { createGrid } from './grid.js';
import { listen } from './live.js';
import { morphInside, toElements } from './morph.js';
import { createPhotoView } from './photo-view.js';
import { createUploads } from './uploads.js';

/** @template {Element} T @param {string} selector @param {{ new (): T }} type @returns {T} */
function find(selector, type) {
  const found = document.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`The page has no ${selector}`);
}

const state = find('#state', HTMLElement);
const grid = createGrid(find('#photos', HTMLElement), find('#news button', HTMLButtonElement));
const view = createPhotoView(find('#viewer', HTMLDialogElement));
const uploads = createUploads({
  form: find('#upload', HTMLFormElement),
  tray: find('#uploads', HTMLElement),
  onTaken: (id) => grid.reveal(id),
});
/** News that came while the whole was asked for: they are newer. @type {{ id: string, html: string }[] | null} */
let waiting = null;
let isLost = false;

/** @param {{ id: string, html: string }} news */
function take({ id, html }) {
  const [card] = toElements(html);
  if (card === undefined) return;
  const status = card.getAttribute('data-status');
  grid.put(card);
  view.refresh(id);
  uploads.onPhoto(id, status);
}

/** Asks for everything: what happened while nobody listened was not heard. */
async function renew() {
  waiting = [];
  const cards = await fetch('/parts/cards')
    .then((answer) => (answer.ok ? answer.text() : null))
    .catch(() => null);
  if (cards !== null) grid.renew(cards);
  view.refresh();
  uploads.renew();
  const news = waiting ?? [];
  waiting = null;
  for (const each of news) take(each);
  find('main', HTMLElement).dataset.ready = '';
}

/** Times of the server as this browser's. */
function localise() {
  for (const time of state.querySelectorAll('time')) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString();
  }
}

function tellLost() {
  if (isLost) return;
  isLost = true;
  const at = new Date().toLocaleTimeString();
  document.body.classList.add('lost');
  find('#state .lost', HTMLElement).textContent =
    `No connection since ${at}. This is what was known then.`;
}

localise();
listen({
  onOpen() {
    isLost = false;
    document.body.classList.remove('lost');
    find('#state .lost', HTMLElement).textContent = '';
    void renew();
  },
  onLost: tellLost,
  onPhoto: (news) => (waiting === null ? take(news) : waiting.push(news)),
  onState(html) {
    morphInside(state, html);
    localise();
  },
});
