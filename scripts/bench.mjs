// @ts-check
/**
 * `npm run bench`: everything a fresh clone needs, then the benchmarks; arguments go to them.
 *
 * They start their own Redis servers, as the tests do, so that no number depends on a server in use.
 */
import { join } from 'node:path';
import { ensureBuilt } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { findRedis } from './setup/find-redis.mjs';
import { withoutRedis } from './setup/plan-redis.mjs';
import { root, run } from './setup/processes.mjs';
import { runScript } from './setup/say.mjs';

await runScript(async () => {
  await ensureDependencies();
  await ensureBuilt();
  const redis = await findRedis({ env: withoutRedis(process.env), onlyBinary: true });
  const env = { ...withoutRedis(process.env), DROVER_TEST_REDIS_SERVER: redis.path };
  return run(process.execPath, [join(root, 'bench', 'dist', 'run.js'), ...process.argv.slice(2)], {
    env,
  });
});
