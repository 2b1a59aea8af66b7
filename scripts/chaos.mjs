// @ts-check
/**
 * `npm run soak` and `npm run reliability`: everything a fresh clone needs, then one of the programs of
 * `test/chaos`; further arguments go to it. They start their own Redis servers, as the tests do.
 */
import { join } from 'node:path';
import { ensureBuilt } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { findRedis } from './setup/find-redis.mjs';
import { withoutRedis } from './setup/plan-redis.mjs';
import { root, run } from './setup/processes.mjs';
import { runScript } from './setup/say.mjs';

await runScript(async () => {
  const [program = 'reliability', ...args] = process.argv.slice(2);
  await ensureDependencies();
  await ensureBuilt();
  const redis = await findRedis({ env: withoutRedis(process.env), onlyBinary: true });
  const env = { ...withoutRedis(process.env), DROVER_TEST_REDIS_SERVER: redis.path };
  const file = join(root, '.build', 'chaos', `${program}.js`);
  return run(process.execPath, [file, ...args], { env });
});
