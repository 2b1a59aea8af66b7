/** The direction of imports: one number per place, and only downwards. */
import { describe, expect, it } from 'vitest';
import { readSources, type SourceFile, withoutComments } from './sources.ts';

/** Place → number. A folder ends with a slash; files at the root belong to a named place. */
const LAYERS: Readonly<Record<string, number>> = {
  'base/': 0,
  catalogues: 1,
  'config/': 2,
  'redis/': 3,
  'payloads/': 4,
  'spool/': 4,
  'backend/': 5,
  'queues/': 6,
  'workers/': 7,
  'metrics/': 8,
  'retention/': 8,
  'access/': 8,
  'dead-letters/': 9,
  'health/': 9,
  'pools/': 9,
  'doctor/': 9,
  'backup/': 9,
  'alerts/': 9,
  'operations/': 10,
  wiring: 11,
  'http/': 12,
  'client/': 12,
  'testing/': 12,
  'dashboard/': 12,
  'cli/': 13,
  'nestjs/': 13,
  'bin/': 14,
  everything: 14,
};

const ROOT_FILES: Readonly<Record<string, string>> = {
  'errors.ts': 'catalogues',
  'events.ts': 'catalogues',
  'key-catalogue.ts': 'catalogues',
  'operator-key-catalogue.ts': 'catalogues',
  'payload-key-catalogue.ts': 'catalogues',
  'keys.ts': 'catalogues',
  'version.ts': 'catalogues',
  'coordinator.ts': 'wiring',
  'create-logger.ts': 'wiring',
  'control-plane.ts': 'wiring',
  'fleet-watch.ts': 'wiring',
  'operator-plane.ts': 'wiring',
  'log-lines.ts': 'wiring',
  'loop-errors.ts': 'wiring',
  'stop-order.ts': 'wiring',
  'index.ts': 'everything',
};

const sources = readSources();
const placeOf = (path: string): string =>
  path.includes('/') ? `${path.split('/')[0]}/` : (ROOT_FILES[path] ?? path);
const layerOf = (path: string): number => LAYERS[placeOf(path)] ?? Number.NaN;

const relative = sources.flatMap(({ path, imports }) =>
  imports.filter(({ isRelative }) => isRelative).map((each) => ({ path, ...each })),
);

describe('the layers', () => {
  it('every file has a place', () => {
    expect(sources.map(({ path }) => path).filter((path) => Number.isNaN(layerOf(path)))).toEqual(
      [],
    );
  });

  it('every import leads to a file of the package', () => {
    const known = new Set(sources.map(({ path }) => path));
    expect(relative.filter(({ from }) => !known.has(from))).toEqual([]);
  });

  it('a file imports from lower numbers or from its own place', () => {
    const upwards = relative
      .filter(
        ({ path, from }) => placeOf(path) !== placeOf(from) && !(layerOf(from) < layerOf(path)),
      )
      .map(
        ({ path, from, line }) =>
          `src/${path}:${line} (${layerOf(path)}) imports ${from} (${layerOf(from)})`,
      );
    expect(upwards).toEqual([]);
  });

  it('the job plane never reaches the control plane, not even through others', () => {
    const isJobPlane = (path: string): boolean => layerOf(path) >= 3 && layerOf(path) <= 7;
    const isAbove = (path: string): boolean => layerOf(path) > 7;
    const broken = sources
      .filter(({ path }) => isJobPlane(path))
      .flatMap(({ path }) => [...reachable(path)].filter(isAbove).map((to) => `${path} → ${to}`));
    expect(broken).toEqual([]);
  });

  it('faces of one layer do not import each other', () => {
    const isFace = (path: string): boolean => layerOf(path) >= 12 && layerOf(path) <= 13;
    const crossing = relative
      .filter(({ path, from }) => isFace(path) && isFace(from) && placeOf(path) !== placeOf(from))
      .filter(({ path, from }) => layerOf(path) === layerOf(from));
    expect(crossing).toEqual([]);
  });

  it('only the Nest face knows Nest, and none of its testing packages', () => {
    const isNest = /^(?:@nestjs\/|rxjs\b|reflect-metadata$)/;
    const foreign = /^(?:@nestjs\/(?!common\b|core\b)|reflect-metadata$)/;
    const strays = sources.flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => (path.startsWith('nestjs/') ? foreign : isNest).test(from))
        .map(({ from, line }) => `src/${path}:${line} imports ${from}`),
    );
    expect(strays).toEqual([]);
  });

  it('no imports run in a circle', () => {
    const circles = sources.filter(({ path }) => reachable(path).has(path)).map(({ path }) => path);
    expect(circles).toEqual([]);
  });
});

describe('reading the sources', () => {
  it('finds the imports of a file that is known', () => {
    const coordinator = importsOf('coordinator.ts');
    expect(coordinator).toContain('redis/hub.ts');
    expect(coordinator).toContain('config/options.ts');
  });

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: template strings are what is read here
  it.each([
    ["const a = '//'; // gone", "const a = '//';"],
    ['/* gone */ const b = /[/*]/;', 'const b = /[/*]/;'],
    ['`/* stays */`; // gone', '`/* stays */`;'],
    ["`a ${b ? `${c} // stays` : ''} it's`; // gone", "`a ${b ? `${c} // stays` : ''} it's`;"],
    ['`${{ a: 1 }.a /* gone */}`', '`${{ a: 1 }.a           }`'],
    ['a / b; // gone', 'a / b;'],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: until here
  ])('blanks out the comments of %s', (text, code) => {
    expect(withoutComments(text)).toHaveLength(text.length);
    expect(withoutComments(text).trim()).toBe(code);
  });
});

function importsOf(path: string): string[] {
  const file = sources.find((candidate: SourceFile) => candidate.path === path);
  return (file?.imports ?? []).filter(({ isRelative }) => isRelative).map(({ from }) => from);
}

/** All files that `path` imports, directly or not; itself only when it is part of a circle. */
function reachable(path: string): Set<string> {
  const found = new Set<string>();
  const open = [path];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const to of importsOf(next))
      if (!found.has(to)) {
        found.add(to);
        open.push(to);
      }
  return found;
}
