/**
 * Sends one file, tells how far it is, and puts whatever comes of it into words.
 */

/** @type {Record<string, string>} */
const RESULTS = {
  accepted: 'has been taken',
  known: 'is here already',
  stored: 'is kept until Redis is back',
};

/**
 * @typedef {object} Sent
 * @property {'taken' | 'refused' | 'broken'} outcome  `broken`: try again
 * @property {string} words
 * @property {string | null} id  of the photo, when it is there
 */

/**
 * `XMLHttpRequest`, because `fetch` does not tell how much has been sent.
 *
 * @param {File} file
 * @param {string} name
 * @param {(share: number) => void} onProgress  0 to 1
 * @returns {Promise<Sent>} never rejects
 */
export function sendFile(file, name, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('photos', file, name);
    request.open('POST', '/photos');
    // A photo that is kept for later is as good as one that is queued.
    request.setRequestHeader('prefer', 'respond-async');
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => resolve(toSent(request.status, request.response));
    request.onerror = () => resolve(broken('The connection broke before the photo was there.'));
    request.ontimeout = request.onerror;
    request.send(form);
  });
}

/**
 * Why a file need not be sent at all; `null` when nothing speaks against it.
 *
 * @param {File} file @param {number} maxBytes @returns {Sent | null}
 */
export function refuseEarly(file, maxBytes) {
  if (file.size === 0)
    return refused('It is empty, or a folder. Copy it again, or drop the photos in it.');
  if (file.size <= maxBytes) return null;
  const [size, most] = [file.size, maxBytes].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
  return refused(`It has ${size}, and a photo may have ${most}. Export it smaller, and add that.`);
}

/** @param {number} status @param {any} body @returns {Sent} */
function toSent(status, body) {
  const photo = body?.photos?.[0];
  if (status === 202 && photo)
    return { outcome: 'taken', words: RESULTS[photo.result], id: photo.id };
  if (body?.detail) return refused(`${body.detail.replace(/\.$/, '')}. ${body.advice ?? ''}`);
  return broken(`The service answered ${status}.`);
}

/** @param {string} words @returns {Sent} */
function refused(words) {
  return { outcome: 'refused', words, id: null };
}

/** @param {string} words @returns {Sent} */
function broken(words) {
  return { outcome: 'broken', words, id: null };
}
