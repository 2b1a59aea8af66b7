/// <reference lib="dom" />
/**
 * Has axe look at a page as it is, by the rules of WCAG 2.2 up to AA and its own best practices: it must find nothing.
 */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
/** Only what is wrong is told at length, and nothing is loaded again to look into it. */
const OPTIONS: axe.RunOptions = { runOnly: TAGS, resultTypes: ['violations'], preload: false };

/** Fails with each violation: its rule, what it asks for, and where. */
export async function expectAccessible(page: Page): Promise<void> {
  const isThere = await page.evaluate(() => 'axe' in window);
  if (!isThere) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (options) => (window as unknown as { axe: typeof axe }).axe.run(options),
    OPTIONS,
  );
  const found = violations.flatMap(({ id, help, helpUrl, nodes }) =>
    nodes.map(({ target, html, failureSummary }) =>
      [`${id}: ${help} (${helpUrl})`, `at ${target.join(' ')}`, html, failureSummary].join('\n  '),
    ),
  );
  if (found.length > 0) throw new Error(`axe on ${page.url()}:\n${found.join('\n')}`);
}
