/**
 * Decides whether a request comes from this very machine, and from nobody behind it. Pure.
 *
 * A browser on this machine may be led here by any page, under a name that only resolves here: so the host must be one
 * of the machine itself. A proxy on this machine speaks for others: so no header of a proxy may be there, and the request
 * must not be of HTTP/1.0, which nginx speaks to what is behind it unless told otherwise, with no such header.
 */
import type { Principal } from './principal.ts';

/** What is known of a request. */
export interface RequestOrigin {
  /** Of the other end of the socket; null when it is not known. */
  readonly address: string | null;
  readonly headers: Headers;
  /** `1.1`; null or left out when it is not known. */
  readonly httpVersion?: string | null;
}

/** Whoever sits at this machine. */
export const LOOPBACK: Principal = {
  ...{ kind: 'loopback', id: 'loopback', name: 'this machine' },
  grants: [{ may: ['admin'] }],
};

const ADDRESS = /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$|^::1$/i;
const HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
const FORWARDING =
  /^(?:forwarded|x-forwarded(?:-.*)?|x-real-ip|via|x-client-ip|cf-connecting-ip|true-client-ip)$/i;

/** Whether it is from this machine itself. */
export function isLoopbackRequest({ address, headers, httpVersion }: RequestOrigin): boolean {
  if (address === null || !ADDRESS.test(address)) return false;
  if (httpVersion === '1.0' || httpVersion === '0.9') return false;
  if (!HOST.test(headers.get('host') ?? '')) return false;
  return ![...headers.keys()].some((name) => FORWARDING.test(name));
}
