// @ts-check
/**
 * An application whose codec keeps bodies in a folder, and which is killed when `KILL_AT` bodies are written: before the
 * job that needs the last one is added. Settings: REDIS_URL, BODIES (the folder), KILL_AT (0: never; it works instead and
 * prints what ran).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Coordinator } from '../../dist/index.js';
import { Codecs } from '../../dist/payloads/codecs.js';

const { BODIES = '', KILL_AT = '0' } = process.env;
Codecs.prototype.of = () => ({
  pack: (_, json) => JSON.stringify({ $drover: { json } }),
  async offload(_, packed) {
    const id = `b${readdirSync(BODIES).length}`;
    writeFileSync(join(BODIES, id), packed);
    if (readdirSync(BODIES).length === Number(KILL_AT)) process.kill(process.pid, 'SIGKILL');
    return JSON.stringify({ $drover: { id } });
  },
  async unpack(_, stored) {
    const { id, json } = JSON.parse(stored).$drover;
    if (json !== undefined) return json;
    if (!existsSync(join(BODIES, id))) throw new Error(`no body ${id}`);
    return JSON.parse(readFileSync(join(BODIES, id), 'utf8')).$drover.json;
  },
});

const coordinator = new Coordinator({ logger: false });
await coordinator.start();
if (KILL_AT === '0')
  coordinator.process('bodies', async ({ id, data }) => {
    console.log(`ran ${id} ${data.n}`);
  });
else
  for (let n = 0; ; n += 1) {
    await coordinator.queue('bodies').add('x', { n }, { jobId: `job-${n}` });
    console.log(`added job-${n}`);
  }
