// @ts-check
/**
 * An application that adds jobs with `whenDown: 'spool'` as fast as they are accepted, and prints each id that
 * was. Settings: REDIS_URL, DROVER_SPOOL_PATH, JOBS (how many;
 * 0: none, it stays).
 *
 * With SYNC_LOG it notes the size of every file after each sync of it: what a power cut would leave.
 */
import { appendFileSync, fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Coordinator } from '../../dist/index.js';

const { SYNC_LOG, JOBS = '100000' } = process.env;
if (SYNC_LOG) {
  const probe = await open(SYNC_LOG, 'a');
  const handle = Object.getPrototypeOf(probe);
  await probe.close();
  const { datasync } = handle;
  handle.datasync = async function () {
    await datasync.call(this);
    const { ino, size } = fstatSync(this.fd);
    appendFileSync(SYNC_LOG, `${ino} ${size}\n`);
  };
}

const coordinator = new Coordinator({ logger: false, whenDown: 'spool', addTimeoutMs: 500 });
await coordinator.start();
const queue = coordinator.queue('orders');
const add = async (/** @type {number} */ n) => {
  const jobId = `job-${n}`;
  await queue.add('order', { n }, { jobId, removeOnComplete: true });
  console.log(`accepted ${jobId}`);
};
for (let n = 0; n < Number(JOBS); n += 10) {
  await Promise.all(Array.from({ length: 10 }, (_, i) => add(n + i)));
}
// Without jobs of its own it only sends what others have left, until it is killed.
if (Number(JOBS) > 0) await coordinator.stop();
