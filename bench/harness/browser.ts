/**
 * A Chromium for the scenarios that look at pages: the one that DROVER_CHROMIUM names, or where systems put it.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable'];

/** Starts it; it ends with `close`. Throws when there is none. */
export async function startBrowser(): Promise<Browser> {
  const { DROVER_CHROMIUM } = process.env;
  const executablePath = [DROVER_CHROMIUM, ...PLACES].find((path) => path && existsSync(path));
  if (!executablePath)
    throw new Error('there is no Chromium: install it, or name it in DROVER_CHROMIUM');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
