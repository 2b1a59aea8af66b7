/**
 * The package as it would be published: what is in the tarball, and whether it can be used from there.
 *
 * It is packed by npm from a fresh build, unpacked in a project of its own, and loaded by real `node`
 * processes from ES modules and from CommonJS.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as client from '../../src/client/index.ts';
import * as http from '../../src/http/index.ts';
import * as drover from '../../src/index.ts';
import * as nestjs from '../../src/nestjs/index.ts';
import * as nestTesting from '../../src/nestjs/testing/index.ts';
import {
  type Checkout,
  checkOut,
  createProject,
  type Ended,
  manifest,
  runNode,
  runProgram,
  tool,
} from './checkout.ts';
import { root } from './sources.ts';

/** What a kit that is in use has beside its own files; put into the checkout before it is packed. */
const SECRETS = [
  ...['kit/.env', 'kit/.env.making.7', 'kit/secrets/queue-users.acl', 'kit/tls/ca.key'],
  ...['kit/data/queue/dump.rdb', 'kit/backups/queue-20260101T000000Z.rdb.gz'],
  'kit/tls.making.7/ca.key',
];

/** A Nest application and its test, as users write them. */
const NEST_USER = `import { BullMqConsumerModule, InjectQueue, OnJob, QueueConsumer, type QueueOf } from 'drover/nestjs';
import { recordedQueue, recordedQueues, withRecordedQueues } from 'drover/nestjs/testing';
@QueueConsumer(queue, { concurrency: 2 })
export class Consumer {
  constructor(@InjectQueue(queue) readonly own: QueueOf<typeof queue>) {}
  @OnJob('a') a(): void {}
}
export const modules = [BullMqConsumerModule.forRoot({ redisUrl: '' }), BullMqConsumerModule.forFeature([queue])];
export const made = new Consumer(recordedQueue(queue).queue);
export const both = [recordedQueues, withRecordedQueues];
`;

/** Where the dashboard is in the package. */
const PAGES = 'dist/dashboard/';

let checkout: Checkout;
let project: Checkout;
let tarball: string;
let files: string[];
/** What can be imported. */
let modules: string[];
/** Where the unpacked package is. */
let installed: string;

beforeAll(async () => {
  checkout = await checkOut();
  const { dependencies, peerDependencies } = manifest;
  project = createProject([
    ...Object.keys(dependencies),
    ...Object.keys(peerDependencies),
    ...['@types/node', 'undici-types'],
  ]);
  installed = join(project.dir, 'node_modules', 'drover');
  for (const path of SECRETS) {
    mkdirSync(dirname(join(checkout.dir, path)), { recursive: true });
    writeFileSync(join(checkout.dir, path), 'secret');
  }
  const packed = await runProgram(
    'npm',
    ['pack', '--json', '--offline', '--ignore-scripts', '--pack-destination', project.dir],
    checkout.dir,
  );
  expect(packed.code, packed.stderr).toBe(0);
  const [report] = Object.values(JSON.parse(packed.stdout)) as [
    { filename: string; files: { path: string }[] },
  ];
  tarball = join(project.dir, report.filename);
  files = report.files.map(({ path }) => path).sort();
  modules = files.filter((path) => path.endsWith('.js') && !path.startsWith(PAGES));
  const unpack = await runProgram('tar', ['-xzf', tarball], project.dir);
  expect(unpack.code).toBe(0);
  renameSync(join(project.dir, 'package'), installed);
}, 120_000);
afterAll(() => {
  checkout?.remove();
  project?.remove();
});

/** All that git knows, or would take up. */
const ownFiles = spawnSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
).stdout.split('\0');

/** The package of an import; a module of Node stays itself. */
const packageOf = (from: string): string =>
  from.startsWith('node:') ? from : /^(?:@[^/]+\/)?[^/]+/.exec(from)![0];

const subpaths = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string' ? [] : [{ subpath, target }],
);

describe('the tarball', () => {
  it('holds the build, the kit and four documents, and nothing else', () => {
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    expect(files.filter((path) => !/^(?:dist|kit)\//.test(path))).toEqual(documents);
    expect(
      files.filter(
        (path) =>
          !/^dist\/[a-z0-9/-]+\.(?:js|js\.map|d\.ts)$|^dist\/dashboard\/|^kit\/|^[^/]+$/.test(path),
      ),
    ).toEqual([]);
  });

  it('holds the dashboard, with the licence of every library in it, and no map or source of it', () => {
    const pages = files
      .filter((path) => path.startsWith(PAGES))
      .map((path) => path.slice(PAGES.length));
    const documents = ['icon.svg', 'index.html', 'licenses.md'];
    expect(pages.filter((path) => !path.startsWith('assets/'))).toEqual(documents);
    expect(
      pages.filter((path) => !/^assets\/[\w-]+-[\w-]{8}\.(?:js|css)$|^[^/]+$/.test(path)),
    ).toEqual([]);
    const licences = readFileSync(join(installed, PAGES, 'licenses.md'), 'utf8');
    const libraries = ownFiles
      .filter((path) => /^dashboard\/src\/.*\.tsx?$/.test(path) && !path.includes('.test.'))
      .flatMap((path) => [
        ...readFileSync(join(root, path), 'utf8').matchAll(
          /^import (?!type ).*?from '([^'.][^']*)'/gms,
        ),
      ])
      .map(([, from]) => packageOf(from!));
    expect(libraries).toContain('preact');
    const unnamed = libraries.filter((name) => !licences.includes(`\n## ${name} - `));
    expect([...new Set(unnamed)]).toEqual([]);
  });

  it('holds the whole kit, its programs executable, and nothing that a kit in use has made', () => {
    // npm leaves a .gitignore out; `kit/setup` makes it where it is missing.
    const own = ownFiles.filter((path) => path.startsWith('kit/') && !path.endsWith('.gitignore'));
    expect(files.filter((path) => path.startsWith('kit/'))).toEqual(own.sort());
    expect(own).toEqual(expect.arrayContaining(['kit/setup', 'kit/run', 'kit/.env.example']));
    const programs = ['setup', 'run', 'backup/backup.sh', 'backup/restore.sh'];
    for (const program of programs) accessSync(join(installed, 'kit', program), constants.X_OK);
  });

  it('holds no tests, no build state and no sources', () => {
    const foreign =
      /\.test\.[jt]s|tsbuildinfo|fake-clock|(?:^|\/)(?:test|src|scripts|bench|examples)\//;
    expect(files.filter((path) => foreign.test(path))).toEqual([]);
  });

  it('has types and a map for every module', () => {
    expect(modules.length).toBeGreaterThan(40);
    const lonely = modules.filter(
      (path) => !files.includes(path.replace(/js$/, 'd.ts')) || !files.includes(`${path}.map`),
    );
    expect(lonely).toEqual([]);
  });

  it('imports only what it depends on', () => {
    const known = new Set([
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
      ...builtinModules.map((name) => `node:${name}`),
    ]);
    const imported = files
      .filter((path) => /\.(?:js|d\.ts)$/.test(path) && !path.startsWith(PAGES))
      .flatMap((path) => [
        ...readFileSync(join(installed, path), 'utf8').matchAll(/\bfrom '([^'.][^']*)'/g),
      ])
      .map(([, from]) => from!);
    expect([...new Set(imported.map(packageOf))].filter((name) => !known.has(name))).toEqual([]);
  });

  it('loads no face with the main entry', () => {
    const loaded = new Set<string>();
    const load = (path: string): void => {
      if (loaded.has(path)) return;
      loaded.add(path);
      const text = readFileSync(join(installed, path), 'utf8');
      for (const [, from] of text.matchAll(/\bfrom '(\.[^']+)'/g)) load(join(dirname(path), from!));
    };
    load('dist/index.js');
    expect(loaded.size).toBeGreaterThan(30);
    expect([...loaded].filter((path) => path.startsWith('dist/http/'))).toEqual([]);
  });

  it('waits for nothing while it is loaded, or it could not be required', () => {
    const waiting = modules.filter((path) =>
      /^(?:const .*= )?await\b/m.test(readFileSync(join(installed, path), 'utf8')),
    );
    expect(waiting).toEqual([]);
  });
});

describe('package.json', () => {
  it('every subpath leads to files that are packed', () => {
    const targets = subpaths.flatMap(({ target }) => Object.values(target));
    const missing = [...targets, manifest.main, manifest.types].filter(
      (path) => !files.includes(path.replace('./', '')),
    );
    expect(missing).toEqual([]);
  });

  it('every folder with an index has a subpath, and every subpath an index', () => {
    const indexes = files.filter((path) => /(?:^|\/)index\.js$/.test(path));
    const expected = subpaths.map(({ target }) => target.default!.replace('./', ''));
    expect(indexes).toEqual(expected.sort());
  });

  it('publint finds nothing to say', async () => {
    const { buffer, byteOffset, byteLength } = readFileSync(tarball);
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    const { messages } = await publint({
      pack: { tarball: bytes },
      level: 'warning',
      strict: true,
    });
    expect(messages).toEqual([]);
  });

  it('the types are what the modules are, for whoever imports or requires them', async () => {
    const cli = tool('@arethetypeswrong/cli/dist/index.js');
    const args = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii'];
    const { code, stdout, stderr } = await runNode([cli, tarball, ...args], dirname(tarball));
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    // A hollow tarball has no problems either: each subpath must have been seen.
    expect(stdout.match(/node16 \(from ESM\): 🟢 \(ESM\)/g)).toHaveLength(subpaths.length);
  });
});

describe('the unpacked package', () => {
  it.each(Object.entries(manifest.bin))('has the program %s, which runs', async (_, path) => {
    expect(files).toContain(path.replace('./', ''));
    const program = join(installed, path);
    expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const { code, stdout, stderr } = await runNode([program, '--version'], project.dir);
    expect([code, stdout, stderr]).toEqual([0, `${manifest.version}\n`, '']);
    // Everything that a command needs is there, too.
    const line = [program, 'health', '-r', 'redis://127.0.0.1:1'];
    expect((await runNode(line, project.dir)).code).toBe(5);
  });

  const expected = {
    drover: Object.keys(drover).sort(),
    'drover/http': Object.keys(http).sort(),
    'drover/client': Object.keys(client).sort(),
    'drover/nestjs': Object.keys(nestjs).sort(),
    'drover/nestjs/testing': Object.keys(nestTesting).sort(),
  };

  /** Runs a program in the project; `print` in it writes the names that modules export. */
  const runText = (name: string, lines: readonly string[]): Promise<Ended> => {
    const print = [
      'function print(modules) {',
      "  const namesOf = (module) => Object.keys(module).filter((key) => key !== '__esModule').sort();",
      '  const all = Object.entries(modules).map(([from, module]) => [from, namesOf(module)]);',
      '  console.log(JSON.stringify(Object.fromEntries(all)));',
      '}',
    ];
    writeFileSync(join(project.dir, name), [...lines, ...print, ''].join('\n'));
    return runNode([name], project.dir);
  };

  it('the test knows every subpath', () => {
    const names = subpaths.map(({ subpath }) => subpath.replace('.', 'drover'));
    expect(names.sort()).toEqual(Object.keys(expected).sort());
  });

  it('is imported by an ES module, with all that the sources export, and opens nothing by itself', async () => {
    const { code, stdout, stderr } = await runText('imports.mjs', [
      "import * as drover from 'drover';",
      "import * as http from 'drover/http';",
      "import * as client from 'drover/client';",
      "import * as nestjs from 'drover/nestjs';",
      "import * as testing from 'drover/nestjs/testing';",
      "print({ drover, 'drover/http': http, 'drover/client': client, 'drover/nestjs': nestjs, 'drover/nestjs/testing': testing });",
      // Made, and never started: the process ends all the same.
      "http.http(new drover.Coordinator({ redisUrl: 'redis://127.0.0.1:1', logger: false }));",
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('serves its dashboard', async () => {
    const { code, stdout, stderr } = await runText('serves.mjs', [
      "import { Coordinator } from 'drover';",
      "import { listen } from 'drover/http';",
      "const coordinator = new Coordinator({ redisUrl: 'redis://127.0.0.1:1', logger: false });",
      'const { url } = await listen(coordinator, { port: 0 });',
      "const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();",
      'const [, script] = / src="([^"]+)"/.exec(page);',
      'const [, icon] = / href="([^"]+svg)"/.exec(page);',
      "const all = [script, icon, './licenses.md'].map((path) => fetch(new URL(path, url)));",
      'console.log((await Promise.all(all)).map(({ status }) => status).join());',
      'await coordinator.stop({ timeoutMs: 100 });',
    ]);
    expect([code, stdout, stderr]).toEqual([0, '200,200,200\n', '']);
  });

  it('is required by CommonJS, without a flag and without a warning', async () => {
    const { code, stdout, stderr } = await runText('requires.cjs', [
      `const names = ${JSON.stringify(Object.keys(expected))};`,
      'print(Object.fromEntries(names.map((name) => [name, require(name)])));',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('works where neither Nest nor rxjs is installed, but for its Nest face', async () => {
    const bare = createProject(
      [...Object.keys(manifest.dependencies), 'bullmq', 'ioredis'].filter(
        (name) => !/^(?:@nestjs\/|rxjs$)/.test(name),
      ),
    );
    try {
      // A copy: through a link its own imports would be looked for where all is installed.
      cpSync(installed, join(bare.dir, 'node_modules', 'drover'), { recursive: true });
      const load = (...names: string[]): Promise<Ended> => {
        const lines = names.map((name) => `await import('${name}');`).join('\n');
        writeFileSync(join(bare.dir, 'bare.mjs'), lines);
        return runNode(['bare.mjs'], bare.dir);
      };
      const { code, stderr } = await load('drover', 'drover/http', 'drover/client');
      expect([code, stderr]).toEqual([0, '']);
      expect((await load('drover/nestjs')).stderr).toContain("'@nestjs/common'");
    } finally {
      bare.remove();
    }
  });

  it('its declarations compile in a strict project, checked to the last one', async () => {
    const text = `import { Coordinator, defineQueue } from 'drover';\nimport { http, toNode } from 'drover/http';\nexport const queue = defineQueue('q');\nexport const listener = toNode(http(new Coordinator()));\n${NEST_USER}`;
    for (const name of ['esm.mts', 'cjs.cts']) writeFileSync(join(project.dir, name), text);
    const options = [
      '--strict',
      '--noEmit',
      '--experimentalDecorators',
      '--module',
      'nodenext',
      '--target',
      'es2023',
    ];
    const libs = [
      '--lib',
      'es2023,esnext.disposable',
      '--types',
      'node',
      '--skipLibCheck',
      'false',
    ];
    const { stdout } = await runNode(
      [tool('typescript/bin/tsc'), ...options, ...libs, 'esm.mts', 'cjs.cts'],
      project.dir,
    );
    // What other packages declare is theirs; a finding here names a file of ours.
    const ours = stdout
      .split('\n')
      .filter((line) => /^(?:esm|cjs|node_modules\/drover)/.test(line));
    expect(ours).toEqual([]);
  });
});
