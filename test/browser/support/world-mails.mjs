// @ts-check
/**
 * Sends the mails of the world, or fails to: a template that trusts its data, a mail server that is not there, one that
 * never says a word. Each error is made where it happens, so that its stack is a real one.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

/** @typedef {{ to: string, via?: 'gone' | 'silent', order?: { customer: { name: string }, total: number } }} Mail */

/** Nothing listens there: it needs rights that nobody gives to a mail server. */
const GONE = { host: '127.0.0.1', port: 1 };
const GREETING_MS = 30;

/**
 * @param {string} kind
 * @param {Mail} mail
 */
export async function sendMail(kind, mail) {
  const text = render(kind, mail);
  return { messageId: await deliver(mail, text), bytes: text.length };
}

/**
 * @param {string} kind
 * @param {Mail} mail
 */
function render(kind, mail) {
  return kind === 'receipt' ? receiptOf(mail) : `Hello ${mail.to}`;
}

/** @param {Mail} mail */
function receiptOf({ order }) {
  return `${greet(order)}: ${/** @type {NonNullable<Mail['order']>} */ (order).total} EUR`;
}

/** @param {any} order */
function greet(order) {
  return `Thank you, ${order.customer.name}`;
}

/**
 * @param {Mail} mail
 * @param {string} text
 */
async function deliver(mail, text) {
  if (mail.via === 'gone') await greetServer(GONE);
  if (mail.via === 'silent') await greeting(mail);
  return `${mail.to.split('@')[0]}-${text.length}`;
}

/** @param {{ host: string, port: number }} server */
async function greetServer(server) {
  const socket = connect(server);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    throw new MailServerError(`cannot reach the mail server: ${message}`, { cause });
  } finally {
    socket.destroy();
  }
}

/** @param {Mail} mail */
async function greeting({ to }) {
  await new Promise((resolve) => setTimeout(resolve, GREETING_MS));
  throw new TimeoutError(`mx.${to.split('@')[1]} has not greeted within ${GREETING_MS} ms`);
}

class MailServerError extends Error {
  name = 'MailServerError';
}

class TimeoutError extends Error {
  name = 'TimeoutError';
}
