/**
 * Before any browser test: the pages are built from what their sources are now, and a browser is there. Without one the
 * tests are skipped and say why; in CI that is an error.
 */
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** null: there is none. */
    chromium: string | null;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const chromium = findChromium();
  project.provide('chromium', chromium);
  if (chromium === null) {
    const why = 'no Chromium was found: install one, or say where it is by DROVER_CHROMIUM';
    if (process.env.CI) throw new Error(why);
    console.warn(`The browser tests are skipped, since ${why}.`);
    return;
  }
  const { build } = await import('vite');
  const configFile = fileURLToPath(new URL('../../../dashboard/vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'warn' });
}
