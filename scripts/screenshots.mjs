// @ts-check
/**
 * `npm run screenshots`: visits every screen of the dashboard and the gallery of the photo pipeline, and writes
 * `docs/screenshots/`. Arguments go to vitest: `-- -t jobs` takes only the pictures of screens with that in their name.
 */
import { ensureBuilt } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { findRedis } from './setup/find-redis.mjs';
import { withoutRedis } from './setup/plan-redis.mjs';
import { runTests } from './setup/run-tests.mjs';
import { runScript } from './setup/say.mjs';

await runScript(async () => {
  await ensureDependencies();
  await ensureBuilt();
  const redis = await findRedis({ env: withoutRedis(process.env), onlyBinary: true });
  const env = {
    ...{ ...withoutRedis(process.env), DROVER_TEST_REDIS_SERVER: redis.path },
    DROVER_SCREENSHOTS: '1',
  };
  const which = [
    '--project',
    'browser',
    'test/browser/screens.test.ts',
    'test/browser/gallery-screens.test.ts',
  ];
  return runTests([...which, ...process.argv.slice(2)], env);
});
