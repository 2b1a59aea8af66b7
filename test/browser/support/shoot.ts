/// <reference lib="dom" />
/**
 * Takes the pictures in `docs/screenshots`, when `npm run screenshots` asks for them: of the visible part of a page, with
 * nothing in it that moves. At other times it does nothing.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const FOLDER = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
/** Narrower than that is a phone's page. */
const NARROW_PX = 600;

/** Writes `<name>-<light|dark|narrow>.png`. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (process.env.DROVER_SCREENSHOTS !== '1') return;
  mkdirSync(FOLDER, { recursive: true });
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const isNarrow = (page.viewportSize()?.width ?? 0) < NARROW_PX;
  const kind = isNarrow ? 'narrow' : isDark ? 'dark' : 'light';
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.screenshot({
    ...{ path: `${FOLDER}${name}-${kind}.png`, animations: 'disabled', caret: 'hide' },
  });
}
