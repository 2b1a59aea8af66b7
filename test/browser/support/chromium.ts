/**
 * Finds Chromium: the one that DROVER_CHROMIUM names, or one where systems put it. Debian's build without a window is the
 * same engine and takes half as long for a page.
 */
import { existsSync } from 'node:fs';
import { findOnPath } from '../../../scripts/setup/processes.mjs';

const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
];
const ON_MACS = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** Its path; null when there is none. Throws when DROVER_CHROMIUM names none. */
export function findChromium(): string | null {
  const named = process.env.DROVER_CHROMIUM;
  if (named && !existsSync(named)) throw new Error(`DROVER_CHROMIUM: there is no ${named}`);
  return named || findOnPath(NAMES) || (existsSync(ON_MACS) ? ON_MACS : null);
}
