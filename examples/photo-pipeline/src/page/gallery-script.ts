/**
 * The gallery's script: live updates by server-sent events, and upload by button or drop.
 *
 * Plain JavaScript for browsers, kept as text so that the build has nothing to copy. Markup comes finished
 * and escaped from the server; text of answers is set as text only.
 */
export const GALLERY_SCRIPT: string = /* js */ `'use strict';
const photos = document.getElementById('photos');
const messages = document.getElementById('messages');

function localise(root) {
  for (const time of root.querySelectorAll('time')) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString();
  }
}

function toElement(markup) {
  const template = document.createElement('template');
  template.innerHTML = markup;
  return template.content.firstElementChild;
}

function listen() {
  const events = new EventSource('/events');
  let wasLost = false;
  events.addEventListener('photo', (event) => {
    const { id, html } = JSON.parse(event.data);
    const card = toElement(html);
    const old = document.getElementById('p-' + id);
    if (old) old.replaceWith(card);
    else photos.prepend(card);
  });
  events.addEventListener('state', (event) => {
    const state = document.getElementById('state');
    state.innerHTML = JSON.parse(event.data);
    localise(state);
  });
  events.onerror = () => {
    wasLost = true;
    document.body.classList.add('lost');
  };
  events.onopen = () => {
    // What happened meanwhile was not heard: take the page afresh.
    if (wasLost) location.reload();
  };
}

function tell(text, isError) {
  const line = document.createElement('li');
  line.textContent = text;
  if (isError) line.className = 'error';
  messages.prepend(line);
  while (messages.children.length > 8) messages.lastChild.remove();
  return line;
}

async function send(file) {
  const line = tell(file.name + ': sending …', false);
  const form = new FormData();
  form.append('photos', file, file.name.split(/[\\\\/]/).pop());
  try {
    const answer = await fetch('/photos', { method: 'POST', body: form });
    const body = await answer.json();
    line.textContent = file.name + ': ' + (answer.ok ? body.photos[0].result : body.detail);
    line.className = answer.ok ? '' : 'error';
  } catch {
    line.textContent = file.name + ': the connection broke';
    line.className = 'error';
  }
}

async function sendAll(files) {
  for (const file of files) await send(file);
}

document.querySelector('input[type=file]').addEventListener('change', (event) => {
  sendAll([...event.target.files]).then(() => { event.target.value = ''; });
});
addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('dropping');
});
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) document.body.classList.remove('dropping');
});
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('dropping');
  sendAll([...event.dataTransfer.files]);
});
localise(document);
listen();
`;
