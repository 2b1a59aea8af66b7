/**
 * The live stream: one for each visible tab, opened again by itself after whatever happened to it.
 *
 * A stream that has been silent for too long is dead, even when nobody closed it. A hidden tab has none.
 */

/** The server says something at least every ten seconds, a few more when Redis is slow. */
const SILENCE_MS = 30_000;
const AGAIN_AFTER_MS = 2_000;

/**
 * @typedef {object} LiveHandlers
 * @property {() => void} onOpen  what happened before was not heard
 * @property {() => void} onLost
 * @property {(photo: { id: string, html: string }) => void} onPhoto
 * @property {(html: string) => void} onState
 */

/** @param {LiveHandlers} handlers */
export function listen({ onOpen, onLost, onPhoto, onState }) {
  /** @type {EventSource | null} */
  let stream = null;
  let timer = 0;

  const open = () => {
    close();
    stream = new EventSource('/events');
    stream.onopen = () => {
      hear();
      onOpen();
    };
    stream.onerror = () => fail();
    stream.addEventListener('photo', ({ data }) => {
      hear();
      onPhoto(JSON.parse(data));
    });
    stream.addEventListener('state', ({ data }) => {
      hear();
      onState(JSON.parse(data));
    });
    stream.addEventListener('beat', hear);
    hear();
  };
  const close = () => {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  };
  const hear = () => {
    clearTimeout(timer);
    timer = setTimeout(fail, SILENCE_MS);
  };
  const fail = () => {
    close();
    onLost();
    timer = setTimeout(open, AGAIN_AFTER_MS);
  };

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close();
    else if (stream === null) open();
  });
  // The browser may keep the page for the way back; a kept page must hold no connection.
  addEventListener('pagehide', close);
  addEventListener('pageshow', ({ persisted }) => persisted && open());
  if (!document.hidden) open();
}
