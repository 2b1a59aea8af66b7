/** The habits of the house that a machine can check: heads, names, sizes, shapes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { findings, readSources, root } from './sources.ts';

const sources = readSources();
const MOST_LINES = 400;

/** Every file that is, or would be, under version control. */
const ownFiles = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
  cwd: root,
  encoding: 'utf8',
})
  .stdout.split('\0')
  .filter(Boolean);

describe('the sources', () => {
  it('every file opens by saying what it is', () => {
    const headless = sources.filter(({ text }) => {
      const head = /^(?:#![^\n]*\n)?\/\*\*\n([\s\S]*?)\n \*\/\n/.exec(text)?.[1] ?? '';
      return head.replace(/^ \* ?/gm, '').trim().length < 40;
    });
    expect(headless.map(({ path }) => path)).toEqual([]);
  });

  it('names of files are kebab-case', () => {
    const odd = sources.filter(
      ({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.[a-z]+)?\.ts$/.test(path),
    );
    expect(odd.map(({ path }) => path)).toEqual([]);
  });

  it('folders are words of the domain', () => {
    const drawers = /(^|\/)(utils?|helpers?|common|shared|misc|lib|types|interfaces|models)\//;
    expect(sources.map(({ path }) => path).filter((path) => drawers.test(path))).toEqual([]);
  });

  it(`no file is longer than ${MOST_LINES} lines`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > MOST_LINES);
    expect(long).toEqual([]);
  });

  it('exports have names, and only index files and the door of views hand on what others export', () => {
    expect(findings(sources, /^export default\b/m)).toEqual([]);
    expect(findings(sources, /^export \* from/m)).toEqual([]);
    const isDoor = (path: string): boolean =>
      basename(path) === 'index.ts' || path === 'operations/views.ts';
    const inner = sources.filter(({ path }) => !isDoor(path));
    expect(findings(inner, /^export (?:type )?\{[^}]*\} from/m)).toEqual([]);
  });

  it('no enums, no namespaces, and privacy is real', () => {
    expect(findings(sources, /^\s*(?:export )?(?:declare )?(?:const )?enum \w+/m)).toEqual([]);
    expect(findings(sources, /^\s*(?:export )?(?:declare )?namespace \w+/m)).toEqual([]);
    expect(findings(sources, /^\s*(?:private|protected|public) \w+/m)).toEqual([]);
  });

  it('nothing is inherited but Error, and the backend and the Job of BullMQ', () => {
    const bases = ['Error', 'CoordinatorError', 'RedisQueueBackend', 'Job'];
    const inherited = findings(sources, /\bclass \w+ extends \w+/);
    expect(inherited.filter((each) => !bases.includes(each.split(' ').at(-1)!))).toEqual([]);
  });

  it('every Lua script says its KEYS or ARGV, what it returns, and why it is one step', () => {
    const bare = sources.flatMap(({ path, text }) =>
      text
        .split(/\bconst (?=\w+ = \/\* lua \*\/)/)
        .slice(0, -1)
        .map((before) => /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? '')
        .filter((head) => !/KEYS/.test(head) || !/[Rr]eturns/.test(head))
        .map((head) => `${path}: ${head.trim().slice(0, 60)}`),
    );
    expect(bare).toEqual([]);
  });

  it('the version is the one of package.json', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(VERSION).toBe(version);
  });
});

describe('everything under version control', () => {
  const texts = ownFiles
    .filter((path) => !/\.(png|jpe?g|webp|avif|ico|woff2|gz|tgz)$/.test(path))
    .map((path) => {
      try {
        return { path, text: readFileSync(join(root, path), 'utf8') };
      } catch {
        return { path, text: '' }; // Listed and just now deleted.
      }
    });
  const holding = (pattern: RegExp, but: RegExp = /^$/): string[] =>
    texts
      .filter(({ path }) => !but.test(path))
      .flatMap(({ path, text }) =>
        text
          .split('\n')
          .flatMap((line, i) =>
            pattern.test(line) ? [`${path}:${i + 1} ${line.trim().slice(0, 100)}`] : [],
          ),
      );

  it('there is something to look at', () => {
    expect(ownFiles).toContain('package.json');
  });

  it('no path of one machine', () => {
    expect(holding(/(?:^|[\s'"`(=:])\/(?:work|root|Users|mnt|home\/[a-z]+)\//)).toEqual([]);
    expect(holding(/\.\.\/shared\//)).toEqual([]);
  });

  it('no registry and no address of a private network', () => {
    expect(
      holding(/"resolved": "(?!examples\/|https:\/\/registry\.npmjs\.org\/)[^"]+:\/\//),
    ).toEqual([]);
    expect(holding(/\b(?:10|192\.168)\.\d+\.\d+\.\d+\b/, /package-lock\.json$|\.svg$/)).toEqual([]);
  });

  it('nothing is left for later without a word on why', () => {
    expect(holding(/\b(?:TODO|FIXME|XXX|HACK)\b/, /^test\/repo\/house\.test\.ts$/)).toEqual([]);
  });

  it('every relative link of a document leads somewhere', () => {
    const known = new Set(ownFiles);
    const isThere = (path: string): boolean =>
      known.has(path) || [...known].some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`));
    const broken = texts
      .filter(({ path }) => path.endsWith('.md'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => ({
          path,
          to: join(path, '..', link!),
        })),
      )
      .filter(({ to }) => !isThere(to));
    expect(broken).toEqual([]);
  });
});

describe('the tests', () => {
  const tests = ownFiles.filter((path) =>
    /^(?:src|dashboard|test|bench|examples)\/.*\.ts$/.test(path),
  );
  const matching = (pattern: RegExp): string[] =>
    tests.filter((path) => pattern.test(readFileSync(join(root, path), 'utf8')));

  it('only a test file hooks into its tests: what several import is run for the first one alone', () => {
    const hooking = matching(/^(?:before|after)(?:All|Each)\(/m);
    // Browser tests share no modules.
    const isOwn = (path: string): boolean => /\.test\.ts$|^test\/browser\//.test(path);
    expect(hooking.length).toBeGreaterThan(100);
    expect(hooking.filter((path) => !isOwn(path))).toEqual([]);
  });

  it('whatever mocks a module is a suite of its own', () => {
    const config = readFileSync(join(root, 'vitest.config.ts'), 'utf8');
    const mocking = matching(/^\s*vi\.(?:do)?[mM]ock\(/m);
    expect(mocking.filter((path) => !config.includes(`'${path}'`))).toEqual([]);
  });
});
