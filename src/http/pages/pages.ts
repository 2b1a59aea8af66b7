/**
 * Answers for the dashboard: its pages, its files, and the way to sign in with a password.
 *
 * Pages hold no data and need no credentials: they ask the API, as any program does. They are for browsers, which say that
 * they take HTML; programs go on to hear what there is.
 */
import { CoordinatorError } from '../../errors.ts';
import { PASSWORD_CHALLENGE } from '../admission.ts';
import { etagOf, isKnown } from '../etag.ts';
import type { BuiltPages } from './built-pages.ts';
import { isPage, SIGN_IN_PATH } from './page-paths.ts';
import { baseOf, type PageSettings, toShell } from './page-shell.ts';

/** What pages are made from. */
export interface PagesParts {
  readonly built: BuiltPages;
  readonly settings: PageSettings;
  /** Where the face is mounted; '' is the root. */
  readonly basePath: string;
  /** Where browsers find the mount, without a slash at its end; null: at the end of whatever path they used. */
  readonly publicPath: string | null;
}

/** A request that no route of the API is for. */
export interface AskedPage {
  readonly request: Request;
  readonly url: URL;
  /** Below the mount; '' is the mount without its slash, or outside of it. */
  readonly path: string;
  /** Rejects with NOT_AUTHENTICATED when nobody knows who asks. */
  readonly admit: () => Promise<unknown>;
}

const NO_STORE = { 'Cache-Control': 'no-store' } as const;

/** The answers. undefined: nothing of the dashboard is there. */
export function createPages({
  built,
  settings,
  basePath,
  publicPath,
}: PagesParts): (asked: AskedPage) => Promise<Response | undefined> {
  const shellAt = (path: string): string =>
    toShell(built.shell, baseOf(path, publicPath), settings);

  const page = ({ request, path }: AskedPage): Response => {
    const text = shellAt(path);
    const caching = { ETag: etagOf(text), 'Cache-Control': 'no-cache', Vary: 'Accept' };
    return isKnown(request.headers, caching.ETag)
      ? new Response(null, { status: 304, headers: caching })
      : htmlOf(text, 200, caching);
  };

  const signIn = async ({ path, admit }: AskedPage): Promise<Response> => {
    try {
      await admit();
      return redirect(303, baseOf(path, publicPath));
    } catch (error) {
      if (!(error instanceof CoordinatorError && error.code === 'NOT_AUTHENTICATED')) throw error;
      // Shown when the browser's question is put away.
      return htmlOf(shellAt(path), 401, { ...NO_STORE, 'WWW-Authenticate': PASSWORD_CHALLENGE });
    }
  };

  return async (asked) => {
    const { request, url, path } = asked;
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    // `./` in front, as a colon in the name would make it another scheme.
    if (basePath !== '' && url.pathname === basePath)
      return redirect(308, `${publicPath ?? `./${basePath.split('/').at(-1)}`}/${url.search}`);
    const file = built.files.get(path);
    if (file) return file.answer(request.headers);
    if (!path.startsWith('/') || !/\btext\/html\b/i.test(request.headers.get('accept') ?? ''))
      return undefined;
    if (isPage(path)) return page(asked);
    if (path === SIGN_IN_PATH && settings.signIn.includes('password')) return signIn(asked);
    return path.startsWith('/api/') ? undefined : htmlOf(shellAt(path), 404, NO_STORE);
  };
}

function htmlOf(text: string, status: number, headers: Record<string, string>): Response {
  return new Response(text, {
    status,
    headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' },
  });
}

function redirect(status: number, location: string): Response {
  return new Response(null, { status, headers: { ...NO_STORE, Location: location } });
}
