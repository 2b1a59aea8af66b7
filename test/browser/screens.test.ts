/**
 * Every screen, in light, in dark and on a phone: it shows what is in the world, nothing goes wrong, axe finds nothing, and
 * nothing is wider than the page. `npm run screenshots` takes a picture of each.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GALLERY, SCREENS } from './support/screens.ts';
import { writeGallery } from './support/shoot.ts';
import { judged, openStage, type Stage } from './support/stage.ts';
import { expectAccessible, ready, SIZES, shoot, visit } from './support/visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ environment: 'production' });
  await judged(stage);
  return () => stage.close();
});
afterAll(() => writeGallery([...SCREENS, ...GALLERY]));

test.each(SCREENS.map((screen) => [screen.name, screen] as const))('%s', async (name, screen) => {
  const page = await visit(stage, await screen.path(stage.client));
  const look = async (): Promise<void> => {
    await ready(page);
    const shown = page.getByRole('main').getByText(screen.shows).filter({ visible: true });
    await shown.first().waitFor();
    await expectAccessible(page);
    expect(await tooWide(page)).toEqual([]);
    await shoot(page, name);
  };
  await look();
  await page.emulateMedia({ colorScheme: 'dark' });
  await look();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(SIZES.narrow);
  await look();
});

/** What reaches beyond the right edge, when the page can be scrolled to it. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth)
      .map(({ tagName, className, textContent }) => `${tagName} .${className} ${textContent}`);
  });
}
