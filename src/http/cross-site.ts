/**
 * Decides whether a request may come from where it comes from. Pure.
 *
 * A browser sends what it knows of its user (a password, a certificate, being on this machine) also along with requests
 * that a stranger's page makes. Such a request says so in `Sec-Fetch-Site`, or in older browsers and over plain HTTP in
 * `Origin`. A token in a header, and a header of our own, can be sent by our own pages and by programs only: a browser
 * would ask here first whether a stranger may, and is never told yes. What only reads could be seen by no stranger, but
 * would take places among the streams and write exports into the audit in the user's name: only a link may lead here.
 */
import { isJson } from './json-body.ts';

/** What a request says. */
export interface OriginFacts {
  readonly method: string;
  readonly headers: Headers;
  /** Scheme, host and port by which it was meant to come. */
  readonly ownOrigin: string;
}

/** null: it may; else why not. */
export function judgeOrigin({ method, headers, ownOrigin }: OriginFacts): string | null {
  if (/^bearer\s/i.test(headers.get('authorization') ?? '')) return null;
  const site = headers.get('sec-fetch-site');
  if (method === 'GET' || method === 'HEAD') return judgeReading(site, headers);
  if (site !== null)
    return site === 'same-origin' || site === 'none'
      ? null
      : `A page of another site (${site}) may change nothing here`;
  const origin = headers.get('origin');
  if (origin !== null)
    return origin === ownOrigin
      ? null
      : `A page of ${origin} may change nothing at ${ownOrigin}: set \`publicUrl\` when they are the same`;
  if (headers.get('x-drover') === '1' && isPlain(headers)) return null;
  return 'Nobody can tell which site this request comes from: send a token (`Authorization: Bearer …`), or `X-Drover: 1` and JSON';
}

function judgeReading(site: string | null, headers: Headers): string | null {
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (!isForeign || headers.get('sec-fetch-mode') === 'navigate') return null;
  return `A page of another site (${site}) may read nothing here`;
}

function isPlain(headers: Headers): boolean {
  const type = headers.get('content-type');
  return type === null || isJson(type);
}
