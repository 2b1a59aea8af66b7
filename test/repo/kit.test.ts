/**
 * The kit as text: its shell programs as shellcheck sees them, its units as systemd reads them, and a page that
 * names only what is there. What the programs do is tested on real servers, in `test/redis`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Kit } from '../redis/kits.ts';
import { root } from './sources.ts';

const kit = join(root, 'kit');
const filesOf = (folder: string): string[] =>
  readdirSync(join(kit, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name));
const isInstalled = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0;
/** The reason why a test is not run here, as the report prints it. */
const skips = (tool: string): string => (isInstalled(tool) ? '' : ` (skipped: no ${tool} here)`);

describe('the shell programs', () => {
  it.skipIf(!isInstalled('shellcheck'))(
    `are what shellcheck finds nothing in${skips('shellcheck')}`,
    () => {
      const args = ['--external-sources', '--check-sourced', '--source-path=.', 'setup', 'run'];
      const { stdout, status } = spawnSync('shellcheck', args, { cwd: kit, encoding: 'utf8' });
      expect([stdout, status]).toEqual(['', 0]);
    },
  );

  it('say what they are, and have functions that fit on a screen', () => {
    const programs = ['setup', 'run', ...filesOf('shell')];
    expect(programs.length).toBeGreaterThan(8);
    for (const path of programs) {
      const text = readFileSync(join(kit, path), 'utf8');
      const head = /^(?:#.*\n)+/.exec(text)![0];
      expect([path, head.split('\n').length > 3]).toEqual([path, true]);
      const long = [...text.matchAll(/^(\w+)\(\) \{\n([\s\S]*?)\n\}$/gm)]
        .filter(([, , body]) => body!.split('\n').length > 32)
        .map(([, name]) => name);
      expect([path, long]).toEqual([path, []]);
    }
  });
});

describe('the units', () => {
  let copy: Kit;
  let folder: string;
  beforeAll(async () => {
    copy = new Kit();
    folder = mkdtempSync(join(tmpdir(), 'drover-units-'));
    await copy.run('setup', '--memory', '16g');
    // As root: to whom the services run as.
    const { KIT_UID, KIT_GID } = copy.env();
    execFileSync('chown', [`${KIT_UID}:${KIT_GID}`, copy.path('.env')]);
    const { code, err } = await copy.run('setup', '--systemd', folder);
    expect(code, err).toBe(0);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await copy.remove();
  });
  const unit = (name: string): string => readFileSync(join(folder, name), 'utf8');

  it('are written with the folder, the user and the memory of the kit', () => {
    expect(readdirSync(folder).sort()).toEqual(readdirSync(join(kit, 'systemd')).sort());
    const text = unit('drover-redis-queue.service');
    expect(text).toContain(`ExecStart=${copy.dir}/run queue --foreground\n`);
    expect(text).toContain(`ReadWritePaths=${copy.dir}/data\n`);
    expect(text).toContain(`User=${copy.env().KIT_UID}\n`);
    expect(text).toContain('MemoryMax=4096M\n');
    for (const name of readdirSync(folder)) expect(unit(name)).not.toContain('/opt/');
  });

  it.skipIf(!isInstalled('systemd-analyze'))(
    `are what systemd accepts${skips('systemd-analyze')}`,
    () => {
      const units = readdirSync(folder).map((name) => join(folder, name));
      const args = [
        'verify',
        '--man=no',
        ...units,
        join(kit, 'sysctl/drover-no-huge-pages.service'),
      ];
      const { stdout, stderr, status } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
      const ours = stderr.split('\n').filter((line) => line.includes('drover-'));
      expect([stdout, ours, status]).toEqual(['', [], 0]);
    },
  );

  it('are not written for a user who could not read .env', async () => {
    const other = new Kit();
    await other.run('setup');
    const text = other.read('.env').replace(/^KIT_UID=.*$/m, 'KIT_UID=64000');
    execFileSync('sh', ['-c', 'cat > .env'], { cwd: other.dir, input: text });
    const { code, err } = await other.run('setup', '--systemd', folder);
    await other.remove();
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/cannot read \.env\n {2}As root: chown/),
    ]);
  });
});

describe('README.md', () => {
  const page = readFileSync(join(kit, 'README.md'), 'utf8');
  /** Made by `./setup`, so not there in the kit as it is given away. */
  const made = /^(?:\.env|secrets|data|backups|tls)\b/;

  it('names files that are there', () => {
    const named = [
      ...page.matchAll(
        /(?<![\w/.~-])((?:backup|config|monitoring|sysctl|systemd|shell)\/[\w./-]+)/g,
      ),
    ];
    const files = named.map(([, path]) => path!.replace(/\.$/, ''));
    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((path) => !existsSync(join(kit, path)))).toEqual([]);
    const compose = [...page.matchAll(/docker-compose[\w.]*\.yml/g)].map(([path]) => path);
    expect(compose.filter((path) => !existsSync(join(kit, path)))).toEqual([]);
  });

  it('names options that the programs have', () => {
    for (const program of ['setup', 'run']) {
      const help = execFileSync(join(kit, program), ['--help'], { encoding: 'utf8' });
      const used = [...page.matchAll(new RegExp(`\\./${program}((?: [\\w./-]+)+)`, 'g'))]
        .flatMap(([, words]) => words!.split(' '))
        .filter((word) => word.startsWith('--') && word !== '--help');
      expect([program, used.length > 0]).toEqual([program, true]);
      expect(used.filter((option) => !help.includes(option))).toEqual([]);
    }
  });

  it('puts no password on a command line, and leads nowhere outside the kit', () => {
    expect(page).not.toMatch(/redis-cli[^\n]* -a\b|--pass /);
    const texts = ['README.md', 'setup', 'run', 'docker-compose.yml', ...filesOf('shell')];
    const outside = [...texts, ...filesOf('systemd'), ...filesOf('sysctl')].filter((path) =>
      readFileSync(join(kit, path), 'utf8').includes('../'),
    );
    expect(outside).toEqual([]);
  });

  it('names what git must not take up as .gitignore does', () => {
    const ignored = readFileSync(join(kit, '.gitignore'), 'utf8').match(/^\w+(?=\/$)/gm)!;
    for (const folder of ignored) {
      expect(made.test(folder)).toBe(true);
      expect(page).toContain(`\`${folder}/\``);
    }
  });
});
