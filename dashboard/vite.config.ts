/**
 * Builds the dashboard into the package: `dist/dashboard`, served from there by `drover/http`.
 *
 * All addresses are relative, so that it works below any path; nothing is loaded from anywhere else.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // The policy for content allows no data in scripts and styles.
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
  },
});
