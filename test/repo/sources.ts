/**
 * The sources as the repo tests read them: with and without comments, and what each file imports.
 *
 * `code` has every comment blanked out and keeps its line breaks, so that a finding in it has the line of
 * the file. Unit tests beside the sources are left out: they are no part of the package.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** One file of the sources. */
export interface SourceFile {
  /** Relative to `src/`, with slashes. */
  readonly path: string;
  readonly text: string;
  /** `text` without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** One import or re-export. */
export interface Import {
  /** As written; a relative one is resolved to a path in `src/`. */
  readonly from: string;
  readonly isRelative: boolean;
  /** `import type … from` or `export type … from`: gone after compiling. */
  readonly isType: boolean;
  readonly line: number;
}

/** Every file of the package, by path. */
export function readSources(): SourceFile[] {
  return readFolder('src').map((path) => readSource(join(root, 'src'), path));
}

/** Every file of the pages of the dashboard; their paths, and those of what they import, begin at the root. */
export function readPages(): SourceFile[] {
  const folder = 'dashboard/src';
  return readFolder(folder).map((path) => readSource(root, `${folder}/${path}`));
}

function readFolder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('.test.'))
    .sort();
}

function readSource(folder: string, path: string): SourceFile {
  const text = readFileSync(join(folder, path), 'utf8');
  const code = withoutComments(text);
  return { path, text, code, imports: importsOf(path, code) };
}

/** `file:line what` for each match of `pattern` in the code, as a failing test should print it. */
export function findings(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, code }) =>
    [...code.matchAll(new RegExp(pattern, `${pattern.flags.replace('g', '')}g`))].map(
      (match) => `src/${path}:${lineAt(code, match.index)} ${match[0].trim()}`,
    ),
  );
}

/** The line of a position, from 1. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

function importsOf(path: string, code: string): Import[] {
  const statement =
    /^(?:import|export)\s+(type\s)?[^'";]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [...code.matchAll(statement)].map((match) => {
    const written = (match[2] ?? match[3] ?? match[4])!;
    const isRelative = written.startsWith('.');
    return {
      from: isRelative ? posix.join(dirname(path), written) : written,
      isRelative,
      isType: match[1] !== undefined,
      line: lineAt(code, match.index),
    };
  });
}

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/y;
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
/** What stands before an expression, and so before a regular expression rather than a division. */
const BEFORE_EXPRESSION = /(?:^|[=(,:[!&|?{};>]|\breturn)\s*$/;

/** Blanks out the comments of TypeScript source. */
export function withoutComments(text: string): string {
  let code = '';
  let position = 0;
  /** One entry per open `${`: how many braces have been opened inside it. */
  const holes: number[] = [];
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    position += found?.length ?? 0;
    return found;
  };
  const template = (): void => {
    const part = take(TEMPLATE_PART) ?? '';
    if (part.endsWith('${')) holes.push(0);
    code += part;
  };
  while (position < text.length) {
    const comment = take(COMMENT);
    if (comment) {
      code += comment.replace(/[^\n]/g, ' ');
      continue;
    }
    const token =
      take(STRING) ?? (BEFORE_EXPRESSION.test(code.slice(-20)) ? take(REGEX) : undefined);
    if (token) {
      code += token;
      continue;
    }
    const char = text[position]!;
    position += 1;
    code += char;
    if (char === '`') template();
    else if (char === '{' && holes.length > 0) holes[holes.length - 1]! += 1;
    else if (char === '}' && holes.length > 0) {
      if (holes.at(-1) === 0) {
        holes.pop();
        template();
      } else holes[holes.length - 1]! -= 1;
    }
  }
  return code;
}
