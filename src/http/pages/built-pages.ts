/**
 * Reads the built dashboard into memory, once for each face: after that no name in a request reaches the file system.
 *
 * An upgrade of the package under a running process changes nothing for it: its page and its scripts stay those of one
 * build.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { PageFile } from './page-file.ts';

/** What the build has made. */
export interface BuiltPages {
  /** `index.html` as it was built. */
  readonly shell: string;
  /** Path below the mount, such as `/assets/index-Ia5yeN0c.js` → the file. */
  readonly files: ReadonlyMap<string, PageFile>;
}

/** Files of other kinds are none of the dashboard's. */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.md': 'text/plain; charset=utf-8', // Browsers show it.
  '.svg': 'image/svg+xml',
};
const ASSETS = '/assets/';

/**
 * null: this package was built without its pages.
 *
 * @param directory where they are; undefined: where the package has them. Throws CONFIG_INVALID when there are none there
 */
export function readPages(directory: string | undefined): BuiltPages | null {
  try {
    return readFrom(directory ?? ownDirectory());
  } catch (cause) {
    if (directory === undefined) return null;
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `\`dashboard.directory\` of http() must hold the built pages, a copy of node_modules/drover/dist/dashboard; ${JSON.stringify(directory)} does not: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** The same from `src/http/pages` and from `dist/http/pages`. */
function ownDirectory(): string {
  return fileURLToPath(new URL('../../../dist/dashboard', import.meta.url));
}

function readFrom(directory: string): BuiltPages {
  const shell = readFileSync(join(directory, 'index.html'), 'utf8');
  if (!shell.includes('<head>')) throw new Error('its index.html has no <head>');
  const files = new Map<string, PageFile>();
  for (const folder of ['/', ASSETS])
    for (const name of readdirSync(join(directory, folder))) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      const content = new Uint8Array(readFileSync(join(directory, folder, name)));
      files.set(folder + name, new PageFile(content, { type, isHashed: folder === ASSETS }));
    }
  return { shell, files };
}
