/** What the pages of the dashboard take from the package: shapes, the client, and what is light enough for a browser. */
import { describe, expect, it } from 'vitest';
import { readPages, readSources, type SourceFile } from './sources.ts';

/** Of these only types. */
const TYPES = ['src/operations/views.ts'];
const WHOLE = [
  ...['src/client/index.ts', 'src/operations/actions.ts', 'src/errors.ts'],
  ...['src/access/roles.ts', 'src/access/permissions.ts'],
  // Pure, so that a page says the same as the server: filters, patches, digits of large numbers, rights of bulk actions.
  ...['src/dead-letters/filter.ts', 'src/dead-letters/patch.ts', 'src/base/exact-numbers.ts'],
  'src/operations/dead-letters/bulk-source.ts',
  // Promises that are settled from outside, or have an end.
  ...['src/base/deferred.ts', 'src/base/wait.ts'],
];
/** Small ones. */
const PACKAGES = ['src/dead-letters/patch.ts loads rfc6902', 'src/base/closest.ts loads leven'];

const sources = readSources();

/** What a page takes from the package that is not for pages. */
function strays({ path, imports }: Pick<SourceFile, 'path' | 'imports'>): string[] {
  return imports
    .filter(({ from, isRelative }) => isRelative && !from.startsWith('dashboard/'))
    .filter(({ from, isType }) => !(WHOLE.includes(from) || (isType && TYPES.includes(from))))
    .map(({ from, line }) => `${path}:${line} imports ${from}`);
}

describe('the pages of the dashboard', () => {
  it('there are some, and they take something from the package', () => {
    const taken = readPages().flatMap(({ imports }) => imports.map(({ from }) => from));
    expect(taken).toContain('src/operations/views.ts');
  });

  it('take types of views, the client, light catalogues and pure rules, and nothing else', () => {
    expect(readPages().flatMap(strays)).toEqual([]);
  });

  it('load no package with what they take but small ones', () => {
    const loaded = new Set(WHOLE.map((path) => path.slice('src/'.length)));
    const packages: string[] = [];
    for (const path of loaded)
      for (const { from, isRelative, isType } of importsOf(path))
        if (!isType) isRelative ? loaded.add(from) : packages.push(`src/${path} loads ${from}`);
    expect(packages).toEqual(PACKAGES);
    expect(loaded.size).toBeGreaterThan(WHOLE.length);
  });
});

describe('the rule finds', () => {
  it.each([
    ['src/operations/live/live-views.ts', true],
    ['src/operations/views.ts', false],
    ['src/redis/hub.ts', false],
    ['test/support/until.ts', true],
  ])('an import from %s', (from, isType) => {
    const imports = [{ ...{ from, isType }, isRelative: true, line: 3 }];
    expect(strays({ path: 'page.tsx', imports })).toEqual([`page.tsx:3 imports ${from}`]);
  });
});

function importsOf(path: string): SourceFile['imports'] {
  return sources.find((candidate) => candidate.path === path)?.imports ?? [];
}
