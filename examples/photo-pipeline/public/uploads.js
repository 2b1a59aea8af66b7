/**
 * Uploads by button, drop and paste: one line for each file, from the first byte to the finished photo.
 *
 * Files go one after the other. A line follows its photo through the queues, because most that is wrong with a
 * file is found there.
 */
import { toElements } from './morph.js';
import { refuseEarly, sendFile } from './send-file.js';

/**
 * @typedef {object} UploadParts
 * @property {HTMLFormElement} form
 * @property {HTMLElement} tray
 * @property {(id: string) => void} onTaken
 */

/** @param {UploadParts} parts */
export function createUploads({ form, tray, onTaken }) {
  const list = /** @type {HTMLElement} */ (tray.querySelector('ul'));
  const status = /** @type {HTMLElement} */ (tray.querySelector('[role=status]'));
  const input = /** @type {HTMLInputElement} */ (form.querySelector('input[type=file]'));
  const maxBytes = Number(form.dataset.maxBytes);
  /** Photo → its line, until it is done or has failed. @type {Map<string, Line>} */
  const followed = new Map();
  /** @type {Promise<unknown>} */
  let queue = Promise.resolve();
  let [sent, total] = [0, 0];

  const tellSum = () => {
    status.textContent = sent < total ? `${sent} of ${total} sent` : '';
  };

  /** @param {File} file @param {string} name @param {Line} line */
  const send = async (file, name, line) => {
    line.tell('sending', 0);
    const result =
      refuseEarly(file, maxBytes) ??
      (await sendFile(file, name, (share) => line.tell('sending', share)));
    sent += 1;
    tellSum();
    const { outcome, words, id } = result;
    if (outcome === 'broken') return line.fail(words, () => enqueue(file, name, line));
    if (id === null) return line.fail(words);
    line.tell(words, null);
    followed.set(id, line);
    onTaken(id);
    follow(id);
  };

  /** @param {File} file @param {string} name @param {Line} line */
  const enqueue = (file, name, line) => {
    total += 1;
    tellSum();
    line.tell('waits', 0);
    queue = queue.then(() => send(file, name, line));
  };

  /** @param {readonly File[]} files @param {boolean} [arePasted] */
  const add = (files, arePasted = false) => {
    if (files.length === 0) return;
    tray.hidden = false;
    if (sent === total) [sent, total] = [0, 0];
    for (const file of files) {
      const name = arePasted ? nameOfPasted(file) : file.name;
      const line = createLine(name);
      list.append(line.element);
      enqueue(file, name, line);
    }
    list.scrollTop = list.scrollHeight;
  };

  /** Brings a line up to what has become of its photo. @param {string} id */
  const follow = async (id) => {
    const line = followed.get(id);
    if (line === undefined) return;
    const answer = await fetch(`/parts/photos/${id}`).catch(() => null);
    const article = answer?.ok ? toElements(await answer.text())[0] : undefined;
    const state = article?.getAttribute('data-status');
    if (state === 'failed') {
      const problem = article?.querySelector('.problem');
      line.fail([...(problem?.children ?? [])].map((part) => part.textContent).join(' '));
    } else if (state === 'done') line.finish(`/view/${id}`);
    else return;
    followed.delete(id);
  };

  input.addEventListener('change', () => {
    add([...(input.files ?? [])]);
    input.value = '';
  });
  tray.querySelector('button')?.addEventListener('click', () => {
    for (const line of list.querySelectorAll('li:not(.busy)')) line.remove();
    tray.hidden = list.children.length === 0;
    input.focus();
  });
  acceptDrops(add);
  document.addEventListener('paste', ({ clipboardData }) => {
    add([...(clipboardData?.files ?? [])], true);
  });

  return {
    /** A card has changed. @param {string} id @param {string | null} state */
    onPhoto(id, state) {
      if (state === 'done' || state === 'failed') void follow(id);
      else if (state === 'working') followed.get(id)?.tell('in work', null);
    },
    /** What happened meanwhile was not heard. */
    renew() {
      for (const id of followed.keys()) void follow(id);
    },
  };
}

/** @param {(files: readonly File[]) => void} add */
function acceptDrops(add) {
  const { classList } = document.body;
  /** @param {DragEvent} event */
  const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files') === true;
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    classList.add('dropping');
  });
  addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) classList.remove('dropping');
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    classList.remove('dropping');
    add([...(event.dataTransfer?.files ?? [])]);
  });
}

/** Browsers call every pasted picture the same. @param {File} file */
function nameOfPasted({ name, type }) {
  const time = new Date().toTimeString().slice(0, 8).replaceAll(':', '-');
  return name === 'image.png' ? `pasted-${time}.${type.split('/')[1]}` : name;
}

/** @typedef {ReturnType<typeof createLine>} Line */

/** One file's line. @param {string} name */
function createLine(name) {
  const element = document.createElement('li');
  const title = document.createElement('b');
  const words = document.createElement('span');
  const progress = document.createElement('progress');
  title.textContent = name;
  progress.setAttribute('aria-label', `Sending ${name}`);
  element.append(title, words, progress);
  element.className = 'busy';

  /** @param {string} text @param {'done' | 'failed'} how @param {Element} [more] */
  const end = (text, how, more) => {
    element.className = how;
    words.textContent = text;
    progress.hidden = true;
    element.querySelector('.more')?.remove();
    if (more === undefined) return;
    more.classList.add('more');
    element.append(more);
  };
  return {
    element,
    /** @param {string} text @param {number | null} share  sent, 0 to 1; `null`: all */
    tell(text, share) {
      element.className = 'busy';
      words.textContent = text;
      progress.hidden = share === null;
      progress.value = share ?? 1;
      element.querySelector('.more')?.remove();
    },
    /** @param {string} text @param {() => void} [again] */
    fail(text, again) {
      if (again === undefined) return end(text, 'failed');
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'plain';
      button.append('Try again', unseen(name));
      button.addEventListener('click', again);
      end(text, 'failed', button);
    },
    /** @param {string} address */
    finish(address) {
      const link = document.createElement('a');
      link.href = address;
      link.append('Look at it', unseen(name));
      end('done', 'done', link);
    },
  };
}

/** For those who hear the page: which of the lines a link belongs to. @param {string} text */
function unseen(text) {
  const element = document.createElement('i');
  element.className = 'unseen';
  element.textContent = text;
  return element;
}
