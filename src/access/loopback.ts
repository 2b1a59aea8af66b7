/**
 * Decides whether a request comes from this machine, and from nobody further away. Pure.
 *
 * A proxy on this machine speaks for others and says so in a header. A page of a stranger whose name was made to point
 * here sends that name as its host.
 */

/** What a request says of where it comes from. */
export interface PeerFacts {
  readonly address: string | null;
  readonly headers: Headers;
}

const FORWARDING = [
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'],
];
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;
const LOCAL_ADDRESS = /^(?:(?:::ffff:)?127\.\d+\.\d+\.\d+|::1)$/i;

/** Whether the peer is this machine, no proxy stands between, and the request was meant for this machine. */
export function isLoopbackRequest({ address, headers }: PeerFacts): boolean {
  if (address === null || !LOCAL_ADDRESS.test(address)) return false;
  if (FORWARDING.some((name) => headers.has(name))) return false;
  return LOCAL_HOST.test(headers.get('host') ?? '');
}
