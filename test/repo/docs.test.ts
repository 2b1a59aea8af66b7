/**
 * The documents and the catalogues say the same: all that exists is described, and nothing else is.
 *
 * Reference pages are generated; here they are compared with a fresh build. The other documents are
 * checked for what they name: files, commands, links.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_OPTIONS } from '../../src/access/access-options.ts';
import { PERMISSIONS } from '../../src/access/permissions.ts';
import { MEMBERS } from '../../src/backend/members.ts';
import { OPTIONS } from '../../src/config/options.ts';
import { CHECKS } from '../../src/doctor/checks.ts';
import { ERRORS } from '../../src/errors.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { KEYS } from '../../src/key-catalogue.ts';
import { METRICS } from '../../src/metrics/metric-catalogue.ts';
import { type Checkout, checkOut, manifest, runNode } from './checkout.ts';
import { root } from './sources.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const reference = (page: string): string => read(`docs/reference/${page}.md`);

/** First cells of all tables of a page, without the backticks. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| `+ ?([^`|]+?) ?`+ \|/gm)].map(([, cell]) => cell!);
}

/** Names of the members of an interface, which exist as types only. */
function membersOf(path: string, name: string): string[] {
  const text = read(path);
  const start = text.indexOf(`export interface ${name} {`);
  const body = text.slice(start, text.indexOf('\n}', start));
  return [...body.matchAll(/^ {2}(?:readonly )?'?([\w.-]+)'?\??:/gm)].map(([, member]) => member!);
}

describe('the reference', () => {
  let checkout: Checkout;
  beforeAll(async () => {
    checkout = await checkOut();
  }, 120_000);
  afterAll(() => checkout?.remove());

  it('is what the generator writes from a fresh build', async () => {
    const { code, stdout, stderr } = await runNode(
      ['scripts/generate-docs.mjs', '--check'],
      checkout.dir,
    );
    expect([stdout, stderr, code]).toEqual(['', '', 0]);
  });

  it.each<[page: string, names: string[]]>([
    ['errors', Object.keys(ERRORS)],
    ['events', membersOf('src/events.ts', 'CoordinatorEvents')],
    ['keys', Object.values(KEYS).map(({ pattern }) => `coordinator:${pattern}`)],
    [
      'http',
      ['GET /api/v1', 'GET /api/v1/openapi.json', ...ROUTES.map(({ action }) => action.route)],
    ],
    ['metrics', Object.keys(METRICS)],
    ['permissions', [...Object.keys(PERMISSIONS), ...Object.keys(ACCESS_OPTIONS)]],
    [
      'options',
      [
        ...Object.keys(OPTIONS),
        ...membersOf('src/queues/define-queue.ts', 'QueueTreatment'),
        ...membersOf('src/workers/process-options.ts', 'ProcessorTreatment'),
      ],
    ],
    ['doctor', CHECKS.map(({ id }) => id)],
    ['backend-members', [...new Set(Object.values(MEMBERS))]],
  ])('%s has a row for each one in the catalogue, and no other', (page, names) => {
    expect(names.length).toBeGreaterThan(3);
    expect(firstCells(reference(page)).sort()).toEqual([...names].sort());
  });

  it('has every member of the backend under one kind', () => {
    const listed = reference('backend-members')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => [
        ...line
          .split(' | ')
          .at(-1)!
          .matchAll(/`(\w+)`/g),
      ])
      .map(([, member]) => member!);
    expect(listed.sort()).toEqual(Object.keys(MEMBERS).sort());
  });

  it('has a description of every option that the types have', () => {
    expect(membersOf('src/config/options.ts', 'CoordinatorOptions').sort()).toEqual(
      Object.keys(OPTIONS).sort(),
    );
  });

  it('has no empty cell where a meaning belongs', () => {
    for (const page of readdirSync(join(root, 'docs', 'reference'))) {
      const rows = read(`docs/reference/${page}`).match(/^\| `.*$/gm) ?? [];
      expect(rows.filter((row) => row.split(' | ')[1]?.trim() === '')).toEqual([]);
    }
  });
});

const decisions = readdirSync(join(root, 'docs', 'decisions')).sort();
const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/architecture.md'],
  ...decisions.map((name) => `docs/decisions/${name}`),
  ...readdirSync(join(root, 'docs', 'guides')).map((name) => `docs/guides/${name}`),
];

describe.each(documents)('%s', (path) => {
  const text = read(path);

  it('names only files and folders that exist', () => {
    const named = [...text.matchAll(/`([^`\n]+)`/g)]
      .map(([, span]) => span!)
      .filter((span) => /^(?:src|test|docs|examples|scripts|bench|kit)\/[\w./-]*$/.test(span));
    const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) =>
      join(path, '..', link!),
    );
    expect([...named, ...linked].filter((each) => !existsSync(join(root, each)))).toEqual([]);
  });

  it('names only commands that exist', () => {
    const scripts = [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name]) => name!);
    expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
  });

  it('links only to headings that exist', () => {
    const broken = [...text.matchAll(/\]\(([^):\s#]*)#([^)]+)\)/g)].filter(([, to, anchor]) => {
      const target = to ? read(join(path, '..', to)) : text;
      const anchors = [...target.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      return !anchors.includes(anchor!);
    });
    expect(broken).toEqual([]);
  });
});

describe('the decisions', () => {
  it('are numbered without a gap', () => {
    expect(decisions.map((name) => Number(name.slice(0, 4)))).toEqual(
      decisions.map((_name, i) => i + 1),
    );
    expect(decisions.filter((name) => !/^\d{4}(?:-[a-z0-9]+)+\.md$/.test(name))).toEqual([]);
  });

  it.each(decisions)('%s says context, options, choice and consequence, on one page', (name) => {
    const text = read(`docs/decisions/${name}`);
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    const wanted = ['Context', 'Options', 'Choice', 'Consequence'];
    expect(headings.filter((heading) => wanted.includes(heading!))).toEqual(wanted);
    expect(text).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
    expect(text.split('\n').length).toBeLessThanOrEqual(60);
  });
});

describe('the changelog', () => {
  it('has what is unreleased first, and the version of package.json when there is a release', () => {
    const versions = [...read('CHANGELOG.md').matchAll(/^## \[([^\]]+)\]/gm)].map(([, v]) => v);
    expect(versions[0]).toBe('Unreleased');
    if (versions.length > 1) expect(versions[1]).toBe(manifest.version);
  });
});
