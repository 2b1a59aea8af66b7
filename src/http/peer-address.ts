/**
 * Whose connection a request came over, from what the host hands on with it.
 */

/** Address of the peer; null when the host does not tell. */
export function peerAddress(host: unknown): string | null {
  const { incoming } = (host ?? {}) as { incoming?: { socket?: { remoteAddress?: unknown } } };
  const address = incoming?.socket?.remoteAddress;
  return typeof address === 'string' ? address : null;
}
