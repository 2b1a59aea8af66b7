/**
 * The connection of a request, from what the host hands on with it. Not every host hands something on.
 */

interface NodeHost {
  readonly incoming?: {
    readonly socket?: { readonly remoteAddress?: unknown };
    readonly httpVersion?: unknown;
  };
  readonly outgoing?: { readonly destroy?: unknown };
}

/** Address of the peer; null when the host does not tell. */
export function peerAddress(host: unknown): string | null {
  const address = (host as NodeHost | null | undefined)?.incoming?.socket?.remoteAddress;
  return typeof address === 'string' ? address : null;
}

/** Version of HTTP that the peer speaks, such as `1.1`; null when the host does not tell. */
export function peerVersion(host: unknown): string | null {
  const version = (host as NodeHost | null | undefined)?.incoming?.httpVersion;
  return typeof version === 'string' ? version : null;
}

/**
 * Breaks the connection off, so that no client takes the part of an answer that it has for all of it. Tells whether it
 * could: `@hono/node-server` itself would end a body that fails as if it were whole, and send the error's message.
 */
export function breakOff(host: unknown): boolean {
  const outgoing = (host as NodeHost | null | undefined)?.outgoing;
  if (typeof outgoing?.destroy !== 'function') return false;
  outgoing.destroy();
  return true;
}
