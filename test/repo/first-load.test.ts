/**
 * What a browser loads before the dashboard shows something: not much, and from nowhere else.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPages } from './checkout.ts';

/** The shell, the overview, and all that they need. */
const MOST_BYTES = 100 * 1024;

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'drover-first-load-'));
  const { code, stdout, stderr } = await buildPages(dir);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
const assets = (): string[] => readdirSync(join(dir, 'assets'));

/** Names of the assets that a text loads at once: not those of `import()`. */
function loadedBy(text: string): string[] {
  const tags = /<(?:script|link)\b[^>]*\b(?:src|href)="\.\/assets\/([^"]+)"/g;
  const imports = /(?:\bfrom|\bimport)\s*["'`]\.\/([^"'`]+)["'`]/g;
  return [tags, imports].flatMap((each) => [...text.matchAll(each)].map(([, name]) => name!));
}

it('the first load is at most 100 KB, compressed', () => {
  const loaded = new Set<string>();
  const load = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    loadedBy(read(`assets/${name}`)).forEach(load);
  };
  loadedBy(read('index.html')).forEach(load);
  assets() // Where people begin, also when it comes in a file of its own.
    .filter((name) => name.startsWith('overview'))
    .forEach(load);
  const sizes = ['index.html', ...[...loaded].map((name) => `assets/${name}`)].map(
    (path) => [path, gzipSync(read(path), { level: 9 }).length] as const,
  );
  expect(sizes.length).toBeGreaterThan(1);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(MOST_BYTES);
});

it('no file of it names another origin', () => {
  const named = ['index.html', 'icon.svg', ...assets().map((name) => `assets/${name}`)].flatMap(
    (path) =>
      [...read(path).matchAll(/(?:https?:|["'`(=])\/\/[\w.-]+\.[a-z]{2,}[^"'`\s)]*/g)]
        .map(([found]) => `${path}: ${found}`)
        .filter((found) => !/http:\/\/www\.w3\.org\//.test(found)), // Names of namespaces.
  );
  expect(named).toEqual([]);
});
