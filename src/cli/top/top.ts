/**
 * The live view of queues and pools on the whole screen, until q is pressed or it is told to end.
 *
 * While Redis is away it shows what was known last, since when, and why; it heals by itself.
 */
import { parseDuration } from '../../base/units.ts';
import { sleep } from '../../base/wait.ts';
import { messageOf } from '../../errors.ts';
import type { MeView } from '../../operations/access/access-views.ts';
import type { PoolView } from '../../operations/fleet/pool-views.ts';
import type { OverviewView } from '../../operations/live/live-views.ts';
import type { RedisHealthView } from '../../operations/views.ts';
import { EXIT, UsageError } from '../failure.ts';
import { fieldsOf } from '../input.ts';
import { openTransport } from '../open-transport.ts';
import type { Transport } from '../transport.ts';
import type { Work } from '../work.ts';
import { keysOf, Screen } from './screen.ts';
import { BEFORE, type Deed, press, type TopState } from './top-state.ts';
import { viewOf } from './top-view.ts';

const LEAST_INTERVAL_MS = 200;
/** An overview that is older is told to be. */
const OLD_MS = 3_000;

/** Runs it; needs a terminal on both sides. */
export async function top(work: Work): Promise<number> {
  const { settings, command, typed, interrupted } = work;
  if (!process.stdout.isTTY || !process.stdin.isTTY)
    throw new UsageError('top needs a terminal: use "drover status", with --json for programs');
  const intervalMs = intervalOf(fieldsOf(command, typed).interval as string | undefined);
  const needs = { writes: true, looksAround: true, runs: false };
  // The view must not end because Redis is not there yet: it says so, and goes on looking.
  const transport = await openTransport({ ...settings, isPatient: true }, needs);
  const screen = new Screen({ output: process.stdout, input: process.stdin }, settings.isColoured);
  const view = new LiveView(transport, screen);
  try {
    screen.open();
    await view.run(intervalMs, interrupted());
  } finally {
    screen.close();
    await transport.close();
  }
  return EXIT.ok;
}

function intervalOf(text = '1s'): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < LEAST_INTERVAL_MS)
    throw new UsageError(
      `--interval "${text}" is no duration from ${LEAST_INTERVAL_MS}ms on, such as 1s`,
    );
  return ms;
}

/** Looks, listens to keys, and draws. */
class LiveView {
  readonly #transport: Transport;
  readonly #screen: Screen;
  readonly #ended = new AbortController();
  #state: TopState = BEFORE;
  #isLookingAtPools = false;

  constructor(transport: Transport, screen: Screen) {
    this.#transport = transport;
    this.#screen = screen;
  }

  async run(intervalMs: number, interrupted: AbortSignal): Promise<void> {
    const { signal } = this.#ended;
    const end = (): void => this.#ended.abort();
    const onKeys = (bytes: Buffer): void => this.#press(bytes.toString('utf8'));
    const onResize = (): void => {
      this.#screen.forget();
      this.#draw();
    };
    interrupted.addEventListener('abort', end, { once: true });
    process.stdin.on('data', onKeys);
    process.stdout.on('resize', onResize);
    process.once('SIGHUP', end);
    this.#draw();
    void this.#askWhetherReadOnly();
    try {
      while (!signal.aborted) {
        await Promise.race([this.#look(), aborted(signal)]);
        this.#draw();
        await sleep(intervalMs, { signal });
      }
    } finally {
      process.stdin.off('data', onKeys);
      process.stdout.off('resize', onResize);
      process.off('SIGHUP', end);
    }
  }

  #press(text: string): void {
    for (const key of keysOf(text)) {
      const { state, deed, ends } = press(this.#state, key);
      this.#state = state;
      if (ends) this.#ended.abort();
      if (deed) void this.#do(deed);
    }
    this.#draw();
  }

  async #do(deed: Deed): Promise<void> {
    const { kind, ...input } = deed;
    this.#tell(`${kind} ${deed.queue} …`);
    try {
      await this.#transport.call(`queues.${kind}`, input);
      this.#tell(`${kind} ${deed.queue}: done`);
      await this.#look();
    } catch (error) {
      this.#tell(messageOf(error));
    }
    this.#draw();
  }

  #tell(message: string): void {
    this.#state = { ...this.#state, message };
    this.#draw();
  }

  async #look(): Promise<void> {
    try {
      const overview = (await this.#transport.call('overview.get', {})) as OverviewView;
      const problem = await this.#problemOf(overview);
      this.#state = { ...this.#state, overview, problem };
      if (problem === null) void this.#lookAtPools();
    } catch (error) {
      this.#state = { ...this.#state, problem: messageOf(error) };
    }
  }

  async #askWhetherReadOnly(): Promise<void> {
    const me = await this.#transport.call('access.me', {}).catch(() => null);
    const isReadOnly = (me as MeView | null)?.isReadOnly === true;
    this.#state = { ...this.#state, isReadOnly };
  }

  /** Why an overview is old: it comes from memory, and Redis may be away. */
  async #problemOf({ problem, redis, ageMs }: OverviewView): Promise<string | null> {
    if (problem) return problem;
    if (redis !== 'unhealthy' || (ageMs !== null && ageMs < OLD_MS)) return null;
    const health = (await this.#transport.call('health.redis', {})) as RedisHealthView;
    return health.redis.error ?? 'Redis does not answer';
  }

  /** Pools are an addition: whatever becomes of them, and however late, the rest is shown. */
  async #lookAtPools(): Promise<void> {
    if (this.#isLookingAtPools) return;
    this.#isLookingAtPools = true;
    const pools = await this.#transport.call('pools.list', {}).catch(() => []);
    this.#isLookingAtPools = false;
    this.#state = { ...this.#state, pools: pools as PoolView[] };
  }

  #draw(): void {
    this.#screen.draw(viewOf(this.#state, this.#screen.size));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
