/** The command line starts at once: nothing heavy is loaded before a command acts. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS, NOUNS } from '../../src/cli/command-table.ts';
import { drover } from './command-line.ts';

const dir = mkdtempSync(join(tmpdir(), 'drover-start-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const TRACE = fileURLToPath(new URL('./loaded-modules.mjs', import.meta.url));

async function loadedBy(args: readonly string[]): Promise<string[]> {
  const file = join(dir, 'loaded');
  await drover(args, { env: { LOADED_MODULES: file }, nodeArgs: ['--import', TRACE] });
  return readFileSync(file, 'utf8').split('\n');
}

/** `…/node_modules/@a/b/c.js` → `@a/b`. */
const packagesOf = (files: readonly string[]): string[] => [
  ...new Set(
    files.flatMap((file) => {
      const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
      return found ? [found] : [];
    }),
  ),
];

describe('before a command acts', () => {
  it.each([['--version'], ['--help'], ['queue --help'], ['serve --help'], ['job retry --help']])(
    'drover %s loads commander and a handful of files of its own',
    async (line) => {
      const files = await loadedBy(line.split(' '));
      expect(packagesOf(files)).toEqual(['commander']);
      const own = files.filter((file) => file.includes('/dist/'));
      expect(own.length).toBeGreaterThan(3);
      expect(own.length).toBeLessThan(15);
    },
  );

  it('the trace sees what is loaded when a command acts', async () => {
    const files = await loadedBy(['queue', 'list', '-r', 'redis://127.0.0.1:1']);
    expect(packagesOf(files)).toEqual(expect.arrayContaining(['zod', 'bullmq', 'ioredis']));
  });
});

describe('help', () => {
  const all = [[], ...NOUNS.map(({ name }) => [name]), ...COMMANDS.map(({ path }) => [...path])];

  it('opens with examples, is 80 columns wide at most, and ends with 0', async () => {
    const some = all.filter((_, i) => i % 9 === 0);
    for (const path of some) {
      const { code, stdout, stderr } = await drover([...(path as string[]), '--help']);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Examples:\n {2}drover /);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it('shows no password of an address that stands in the wrong place', async () => {
    for (const line of [['redis://:secret@h'], ['queue', 'list', '--sort', 'redis://u:secret@h']]) {
      const { code, stdout, stderr } = await drover(line);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).not.toContain('secret');
    }
  });

  it('says what was meant, and ends with 2', async () => {
    const noun = await drover(['quue', 'list']);
    expect([noun.code, noun.stdout]).toEqual([2, '']);
    expect(noun.stderr).toContain('Did you mean queue?');
    const option = await drover(['queue', 'list', '--limt', '3']);
    expect(option.code).toBe(2);
    expect(option.stderr).toContain('Did you mean --limit?');
  });
});
