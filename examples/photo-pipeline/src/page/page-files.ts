/**
 * The files that the page loads: scripts, styles and the icon of the folder `public`, read once.
 *
 * Plain files for browsers, sent as they lie there. Only names of this list are ever read.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const FOLDER = new URL('../../public/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

export const PAGE_FILES: readonly string[] = [
  'page.css',
  'photos.css',
  'photo-view.css',
  'uploads.css',
  'icon.svg',
  'gallery.js',
  'grid.js',
  'live.js',
  'morph.js',
  'photo-view.js',
  'send-file.js',
  'uploads.js',
];

interface PageFile {
  readonly body: string;
  readonly type: string;
  readonly etag: string;
}

/** Answers with a file of the list; `null` when the name is not on it. */
export function createPageFiles(): (name: string, ifNoneMatch?: string) => Response | null {
  const files = new Map<string, PageFile>(PAGE_FILES.map((name) => [name, readPageFile(name)]));
  return (name, ifNoneMatch) => {
    const file = files.get(name);
    if (file === undefined) return null;
    const { body, type, etag } = file;
    // Asked for each time and answered from memory: a new version is there at once.
    const headers = { 'cache-control': 'no-cache', etag, 'content-type': type };
    if (ifNoneMatch === etag) return new Response(null, { status: 304, headers });
    return new Response(body, { headers });
  };
}

function readPageFile(name: string): PageFile {
  const body = readFileSync(new URL(name, FOLDER), 'utf8');
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 16);
  return { body, type: TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain', etag: `"${digest}"` };
}
