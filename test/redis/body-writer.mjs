// @ts-check
/**
 * Writes bodies into a folder as fast as it can, to be killed while it does. Argument: the folder.
 *
 * Each body is the same byte over and over. It prints the id of each that is written, and `begins` with the first.
 */
import { createBodyId } from '../../dist/payloads/body-id.js';
import { fileBodies } from '../../dist/payloads/file-bodies.js';

const store = fileBodies({ path: /** @type {string} */ (process.argv[2]) });
const { signal } = new AbortController();
console.log('begins');
for (let i = 0; ; i += 1) {
  const id = createBodyId();
  const body = Buffer.alloc(16 * 1_024 * 1_024, 65 + (i % 26));
  await store.put({ queue: 'photos', id }, body, signal);
  console.log(`wrote ${id}`);
}
