/**
 * The package as a fresh clone builds it, in a folder of its own: what the tests of packaging and documents
 * look at.
 *
 * Nothing is read from this checkout's `dist/`, which may be older than the sources, and nothing is written
 * there. Dependencies are linked, never installed: no network. Call `remove` when the tests are over.
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './sources.ts';

const COPIED = [
  ...['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'tsconfig.base.json'],
  ...['src', 'scripts', 'docs', 'kit', 'dashboard'],
];

/** What `package.json` says, as far as tests ask. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly main: string;
  readonly types: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** This repository's `package.json`. */
export const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with the built package, and with nothing that is not part of a clone. */
export interface Checkout {
  readonly dir: string;
  remove(): void;
}

/** Copies the sources and builds them as `prepack` does. Throws with the words of the compiler, or of Vite. */
export async function checkOut(): Promise<Checkout> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'drover-checkout-')));
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  for (const path of COPIED) {
    if (existsSync(join(root, path)))
      cpSync(join(root, path), join(dir, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const compiled = await runNode([tool('typescript/bin/tsc'), '-b', 'src'], dir);
  const built =
    compiled.code === 0 ? await buildPages(join(dir, 'dist', 'dashboard'), dir) : compiled;
  if (built.code === 0) return { dir, remove };
  remove();
  throw new Error(`the sources cannot be built:\n${built.stdout}\n${built.stderr}`);
}

/** Builds the dashboard of a checkout, of this one by default, into a folder. */
export function buildPages(to: string, from: string = root): Promise<Ended> {
  const config = join(from, 'dashboard', 'vite.config.ts');
  const into = ['--outDir', to, '--emptyOutDir', '--logLevel', 'warn'];
  return runNode([tool('vite/bin/vite.js'), 'build', '--config', config, ...into], from);
}

/** An empty project with `node_modules/drover` still to be put there, and the packages it may import. */
export function createProject(packages: readonly string[]): Checkout {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'drover-project-')));
  for (const name of packages) {
    const link = join(dir, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Path of a file inside this repository's `node_modules`. */
export function tool(path: string): string {
  return join(root, 'node_modules', path);
}

/** Runs `node` with the arguments in a folder. Never throws: a failure is an answer. */
export function runNode(args: readonly string[], cwd: string): Promise<Ended> {
  return runProgram(process.execPath, args, cwd);
}

/** Runs a program in a folder. */
export async function runProgram(
  file: string,
  args: readonly string[],
  cwd: string,
): Promise<Ended> {
  // vitest's own variables would turn on development behaviour in what is run.
  const env = { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' };
  const options = { cwd, env, maxBuffer: 64 * 1024 * 1024 };
  try {
    return { code: 0, ...(await promisify(execFile)(file, [...args], options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as Partial<Ended>;
    return { code: Number(code) || 1, stdout: stdout ?? '', stderr: stderr ?? String(error) };
  }
}
