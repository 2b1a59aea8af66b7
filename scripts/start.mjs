// @ts-check
/**
 * `npm start`: everything a fresh clone needs, then the photo pipeline, or the example that is named first:
 * `npm start -- order-platform`.
 *
 * Dependencies → build → Redis → application; all other arguments but `--no-redis` go to the application. Ends
 * in the other direction: the application first, its Redis last. A Redis that the user named is left alone.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { startDockerRedis } from './setup/docker-redis.mjs';
import { findRedis } from './setup/find-redis.mjs';
import { endWithThisProcess } from './setup/guard.mjs';
import { withoutRedis } from './setup/plan-redis.mjs';
import { startPrivateRedis } from './setup/private-redis.mjs';
import { root } from './setup/processes.mjs';
import { runScript, SetupError, say } from './setup/say.mjs';

/** Example → its folder in `.drover`. */
const EXAMPLES = new Map([
  ['photo-pipeline', 'photos'],
  ['order-platform', 'orders'],
  ['nestjs', 'nest-photos'],
]);
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/**
 * One Ctrl-C arrives here twice: from the terminal, and passed on by npm. Only a signal that comes later
 * than this is a second one.
 */
const SECOND_SIGNAL_AFTER_MS = 500;

await runScript(async () => {
  const { main, data, args } = chooseExample(process.argv.slice(2));
  await ensureDependencies();
  await ensureBuilt();
  if (!existsSync(main)) throw new SetupError(`the application is missing: ${main}`);

  const signals = catchSignals();
  const { env, stop } = await provideRedis(args.includes('--no-redis'));
  try {
    if (signals.first) return 128 + constants.signals[signals.first];
    return await runApplication(
      [main, ...args.filter((arg) => arg !== '--no-redis')],
      { DROVER_DATA_DIR: data, ...env },
      signals,
    );
  } finally {
    await stop();
  }
});

/** @param {readonly string[]} args */
function chooseExample(args) {
  const [first = '', ...rest] = args;
  const isNamed = EXAMPLES.has(first);
  const name = isNamed ? first : 'photo-pipeline';
  return {
    main: join(root, 'examples', name, 'dist', 'main.js'),
    data: join(root, '.drover', EXAMPLES.get(name) ?? name),
    args: isNamed ? rest : args,
  };
}

/**
 * @param {boolean} isUnwanted
 * @returns {Promise<{ env: NodeJS.ProcessEnv, stop: () => Promise<void> }>}
 */
async function provideRedis(isUnwanted) {
  const nothingToStop = async () => undefined;
  if (isUnwanted) {
    say('runs without a Redis, as asked by --no-redis');
    return { env: withoutRedis(process.env), stop: nothingToStop };
  }
  const found = await findRedis();
  if (found.kind === 'named') {
    say(`uses the Redis that ${found.by} names`);
    return { env: process.env, stop: nothingToStop };
  }
  const dataDir = join(root, '.drover', 'redis');
  const redis =
    found.kind === 'binary'
      ? await startPrivateRedis({ binary: found.path, dataDir })
      : await startDockerRedis({ dataDir });
  say(`started a Redis of its own at ${redis.url}, its data is in .drover/redis`);
  let isStopping = false;
  redis.exited.then((how) => {
    if (!isStopping)
      say(`its Redis has ended by itself (${how}); .drover/redis/redis.log says why`);
  });
  return {
    env: { ...withoutRedis(process.env), REDIS_URL: redis.url },
    stop() {
      isStopping = true;
      return redis.stop();
    },
  };
}

/** Keeps the first signal, and hands over each one that counts. */
function catchSignals() {
  const caught = {
    /** @type {typeof SIGNALS[number] | null} */
    first: null,
    /** @param {NodeJS.Signals} _signal @param {boolean} _isFirst */
    onSignal: (_signal, _isFirst) => {},
  };
  let firstAt = 0;
  /** @param {typeof SIGNALS[number]} signal */
  const take = (signal) => {
    const isFirst = caught.first === null;
    if (!isFirst && performance.now() - firstAt < SECOND_SIGNAL_AFTER_MS) return;
    if (isFirst) {
      caught.first = signal;
      firstAt = performance.now();
    }
    caught.onSignal(signal, isFirst);
  };
  for (const signal of SIGNALS) process.on(signal, () => take(signal));
  if (process.env.npm_lifecycle_event) whenParentEnds(() => take('SIGTERM'));
  return caught;
}

/**
 * npm passes SIGTERM on to the shell it runs this script in; a shell that stays in between dies of it and
 * tells nobody. Being orphaned is then the only sign.
 *
 * @param {() => void} callback
 */
function whenParentEnds(callback) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, 250);
  timer.unref();
}

/**
 * @param {readonly string[]} args  the program first
 * @param {NodeJS.ProcessEnv} env
 * @param {ReturnType<typeof catchSignals>} signals
 * @returns {Promise<number>} the application's exit code
 */
function runApplication(args, env, signals) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      // Its own process group: it gets each signal once, from here, and not a second time from the terminal.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    endWithThisProcess(child, 'TERM');
    signals.onSignal = (signal, isFirst) => child.kill(isFirst ? signal : 'SIGKILL');
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
