/**
 * The dashboard in a real browser: how much it loads at first, how soon it can be used with 200 queues, how long its frames
 * are while every queue changes each second, and what ten tabs on 100 queues cost Redis.
 *
 * The console is a process of its own, as `drover serve` is one. "Can be used": the first rows of the table are there,
 * at the first frame that has them, by the page's own clock from the start of its navigation, with a cold cache of the browser and a server that has
 * answered before. Frames are those that Chromium itself reports as long (over 50 ms). Commands are counted as the server
 * sends them, all of them.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { startChild } from '../harness/children.ts';
import { sleep } from '../harness/clock.ts';
import { fillQueues } from '../harness/fill-queues.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { countCommands } from '../harness/sent-commands.ts';
import type { OverviewWorker } from '../workers/overview.ts';

const ROUNDS = 7;
const SIZES = { queues: 200, jobs: 500, liveMs: 20_000, countedMs: 30_000 };
const QUICK_SIZES = { queues: 20, jobs: 10, liveMs: 3_000, countedMs: 4_000 };
const TABS = 10;
const TABBED_QUEUES = 100;
const SETTLING_MS = 3_000;
const CHANGE_EVERY_MS = 1_000;
const PATIENCE_MS = 30_000;
const LEADING_SECONDS = 3_600;
const KB = 1_024;

export const dashboard: Scenario = {
  name: 'dashboard',
  describe: 'the dashboard in Chromium: first load, 200 queues live, ten tabs on 100 queues',
  async run(options) {
    const sizes = options.quick ? QUICK_SIZES : SIZES;
    const browser = await startBrowser();
    try {
      return [
        ...(await options.part(() => pageRows(browser, sizes, options))),
        ...(await options.part(() => tabRows(browser, sizes, options))),
      ];
    } finally {
      await browser.close();
    }
  },
};

type Sizes = typeof SIZES;

async function pageRows(browser: Browser, sizes: Sizes, options: RunOptions): Promise<Row[]> {
  await using redis = await filled(sizes.queues, sizes.jobs);
  await using child = startChild<OverviewWorker>('overview');
  const url = await child.call('open', { url: redis.url });
  await visited(browser, url, sizes.queues, async () => undefined); // Finds the queues, warms the server.
  const [loaded, usable]: [number[], number[]] = [[], []];
  for (let round = 0; round < roundsOf(options, ROUNDS); round++) {
    const seen = await visited(browser, url, sizes.queues, async () => undefined);
    loaded.push(seen.loadedBytes / KB);
    usable.push(seen.usableMs);
  }
  options.progress(`can be used after ${usable.map((each) => each.toFixed(0)).join(', ')} ms`);
  const { frames } = await visited(browser, url, sizes.queues, async () => {
    await changing(redis, sizes);
  });
  options.progress(`long frames while live: ${frames.map((each) => each.toFixed(0)).join(', ')}`);
  return [
    alone({ what: 'first load, as sent', unit: 'KB', bar: 100, better: 'lower' }, loaded),
    alone(
      { what: `can be used, ${sizes.queues} queues`, unit: 'ms', bar: 1_000, better: 'lower' },
      usable,
    ),
    alone({ what: 'frames over 50 ms while live', unit: 'frames', bar: 0, better: 'lower' }, [
      frames.length,
    ]),
    alone({ what: 'longest of them (0: none)', unit: 'ms', bar: null, better: 'lower' }, [
      Math.max(0, ...frames),
    ]),
  ];
}

async function tabRows(browser: Browser, sizes: Sizes, options: RunOptions): Promise<Row[]> {
  await using redis = await filled(Math.min(TABBED_QUEUES, sizes.queues), sizes.jobs);
  await using child = startChild<OverviewWorker>('overview');
  const url = await child.call('open', { url: redis.url });
  const contexts: BrowserContext[] = [];
  try {
    for (let tab = 0; tab < TABS; tab++) {
      // Each as a browser of its own: one browser has six connections to a server, and here no tab is ever hidden.
      const context = await browser.newContext();
      contexts.push(context);
      const page = await context.newPage();
      await page.goto(url);
      await page.waitForSelector('main[data-ready] tbody tr', { timeout: PATIENCE_MS });
    }
    await sleep(SETTLING_MS);
    const perSecond = await commandsPerSecond(redis, sizes.countedMs);
    options.progress(`${TABS} tabs: ${perSecond.toFixed(2)} commands a second`);
    const what = `${TABS} tabs on ${TABBED_QUEUES} queues`;
    return [alone({ what, unit: 'commands/s', bar: 5, better: 'lower' }, [perSecond])];
  } finally {
    for (const context of contexts) await context.close();
  }
}

async function filled(queues: number, jobs: number): Promise<PrivateRedis> {
  const redis = await startRedis();
  const names = Array.from({ length: queues }, (_, i) => nameOf(i));
  await fillQueues(redis.control, names, jobs, Date.now());
  // Another process leads, as in a fleet: what the leader does for all is not what viewers cost.
  await redis.control.set('coordinator:lease:fleet', 'another', 'EX', LEADING_SECONDS);
  return redis;
}

interface Seen {
  /** Of pages, scripts and styles, as they came over the network. */
  readonly loadedBytes: number;
  readonly usableMs: number;
  /** Frames that took more than 50 ms after the page could be used, ms. */
  readonly frames: readonly number[];
}

/** A visit with nothing in the cache; `meanwhile` goes on while it is live. */
async function visited(
  browser: Browser,
  url: string,
  queues: number,
  meanwhile: () => Promise<void>,
): Promise<Seen> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } });
  try {
    const page = await context.newPage();
    const loaded = await countLoaded(page);
    await page.addInitScript({ content: WATCH_FRAMES });
    const filled = `main[data-ready] table[aria-rowcount="${queues + 1}"] tbody tr`;
    await page.addInitScript({ content: watchFor(filled) });
    await page.goto(url);
    await page.waitForSelector(filled, { timeout: PATIENCE_MS });
    const usableMs = await page.evaluate<number>('usableMs');
    const loadedBytes = loaded();
    await meanwhile();
    const all = await page.evaluate<LongFrame[]>('longFrames');
    const frames = all.filter(({ at }) => at > usableMs).map(({ ms }) => ms);
    return { loadedBytes, usableMs, frames };
  } finally {
    await context.close();
  }
}

interface LongFrame {
  readonly at: number;
  readonly ms: number;
}

/** For the page. */
const WATCH_FRAMES = `
  window.longFrames = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      longFrames.push({ at: startTime, ms: duration });
  }).observe({ type: 'long-animation-frame', buffered: true });
`;

/** For the page: the first frame in which `selector` is there. */
function watchFor(selector: string): string {
  return `
    const look = () => {
      if (document.querySelector(${JSON.stringify(selector)})) window.usableMs = performance.now();
      else requestAnimationFrame(look);
    };
    look();
  `;
}

/** Counts what a page loads, but for answers of the API. */
async function countLoaded(page: Page): Promise<() => number> {
  const network = await page.context().newCDPSession(page);
  const counted = new Set<string>();
  let bytes = 0;
  network.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!new URL(request.url).pathname.includes('/api/')) counted.add(requestId);
  });
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (counted.has(requestId)) bytes += encodedDataLength;
  });
  await network.send('Network.enable');
  return () => bytes;
}

/** Every queue gets a job each second. */
async function changing(redis: PrivateRedis, { queues, liveMs }: Sizes): Promise<void> {
  for (let round = 0; round < liveMs / CHANGE_EVERY_MS; round++) {
    const adding = redis.control.pipeline();
    for (let i = 0; i < queues; i++) adding.lpush(`bull:${nameOf(i)}:wait`, `live-${round}`);
    await adding.exec();
    await sleep(CHANGE_EVERY_MS);
  }
}

async function commandsPerSecond(redis: PrivateRedis, countedMs: number): Promise<number> {
  const [, own = ''] = /addr=(\S+)/.exec(String(await redis.control.client('INFO'))) ?? [];
  using sent = await countCommands(redis.port, own);
  await sleep(countedMs);
  return sent.total() / (countedMs / 1_000);
}

function nameOf(i: number): string {
  return `queue-${i}`;
}
