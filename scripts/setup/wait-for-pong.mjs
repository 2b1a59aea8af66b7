// @ts-check
/**
 * Waits until a Redis answers PING with PONG, over a plain socket: nothing is installed yet when this runs.
 *
 * A server that still reads its data answers LOADING; that is waited for like one that is not there yet.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @param {object} options
 * @param {number} options.port
 * @param {string} [options.host]
 * @param {readonly string[]} [options.auth] arguments of AUTH: `[password]` or `[user, password]`
 * @param {number} [options.deadlineMs]
 * @param {() => string | null} [options.hasFailed] a reason to stop waiting, for example that the server has exited
 */
export async function waitForPong({
  port,
  host = '127.0.0.1',
  auth = [],
  deadlineMs = 30_000,
  hasFailed = () => null,
}) {
  const until = performance.now() + deadlineMs;
  for (;;) {
    const reason = hasFailed();
    if (reason) throw new Error(reason);
    const reply = await ping(host, port, auth);
    if (reply === '+PONG') return;
    if (performance.now() > until) {
      throw new Error(
        `no PONG from ${host}:${port} within ${deadlineMs} ms, last answer: ${reply}`,
      );
    }
    await sleep(25);
  }
}

/**
 * The last line that the server answers, or the reason why there is none.
 *
 * @param {string} host
 * @param {number} port
 * @param {readonly string[]} auth
 * @returns {Promise<string>}
 */
function ping(host, port, auth) {
  const commands = auth.length > 0 ? [['AUTH', ...auth], ['PING']] : [['PING']];
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = '';
    /** @param {string} answer */
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end('nothing within 1 s'));
    socket.once('connect', () => socket.write(commands.map(encode).join('')));
    socket.on('data', (data) => {
      text += data;
      const lines = text.split('\r\n');
      if (lines.length > commands.length) end(lines[commands.length - 1] ?? '');
    });
    socket.once('error', (error) => end(error.message));
    socket.once('close', () => end('connection closed'));
  });
}

/** @param {readonly string[]} command */
function encode(command) {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}
