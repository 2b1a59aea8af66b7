/**
 * Tags by which a client asks for what it has already: weak, as the same content may travel compressed or not.
 */
import { createHash } from 'node:crypto';

/** The tag of this content. */
export function etagOf(content: string | Uint8Array): string {
  return `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`;
}

/** Whether a request says that its client has the content with this tag. */
export function isKnown(headers: Headers, etag: string): boolean {
  const weak = (tag: string): string => tag.trim().replace(/^W\//, '');
  const tags = (headers.get('if-none-match') ?? '').split(',').map(weak);
  return tags.includes('*') || tags.includes(weak(etag));
}
