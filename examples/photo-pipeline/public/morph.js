/**
 * Turns what is on the page into what the server sent, touching only what differs: focus, pictures that are
 * loaded, and what a person opened stay as they are.
 */

/** @param {string} markup  made and escaped by the server @returns {Element[]} */
export function toElements(markup) {
  const template = document.createElement('template');
  template.innerHTML = markup;
  return [...template.content.children];
}

/** @param {Element} parent @param {string} markup  what is to be inside */
export function morphInside(parent, markup) {
  const fresh = /** @type {Element} */ (parent.cloneNode(false));
  fresh.innerHTML = markup;
  morphChildren(parent, fresh);
}

/** @param {Node} old @param {Node} fresh  may be taken apart */
export function morph(old, fresh) {
  if (old instanceof Element && fresh instanceof Element && isSame(old, fresh)) {
    morphAttributes(old, fresh);
    morphChildren(old, fresh);
  } else if (old instanceof Text && fresh instanceof Text) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else {
    old.parentNode?.replaceChild(fresh, old);
  }
}

/** @param {Element} old @param {Element} fresh */
function isSame(old, fresh) {
  return (
    old.nodeName === fresh.nodeName &&
    old.getAttribute('data-key') === fresh.getAttribute('data-key') &&
    old.className === fresh.className
  );
}

/** @param {Element} old @param {Element} fresh */
function morphAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    // Whether details are open is the reader's choice.
    if (name !== 'open' && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

/** @param {Node} old @param {Node} fresh */
function morphChildren(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  for (const [at, node] of after.entries()) {
    const match = before[at];
    if (match === undefined) old.appendChild(node);
    else morph(match, node);
  }
  for (const node of before.slice(after.length)) node.remove();
}
