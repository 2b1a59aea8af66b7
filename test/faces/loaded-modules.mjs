/**
 * Writes to the file LOADED_MODULES what a program has loaded when it ends: for `node --import`.
 */
import { writeFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';

const { port1, port2 } = new MessageChannel();
const loaded = [];
port1.on('message', (url) => loaded.push(url));
port1.unref();
const hooks = `
let port;
export function initialize(data) { port = data.port; }
export async function load(url, context, next) {
  port.postMessage(url);
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, {
  data: { port: port2 },
  transferList: [port2],
});
const { cache } = createRequire(import.meta.url);
process.on('exit', () => {
  const all = [...loaded, ...Object.keys(cache)];
  writeFileSync(process.env.LOADED_MODULES, all.join('\n'));
});
