/**
 * Through a Drover server: actions by the client of its HTTP API.
 */
import { createClient } from '../client/create-client.ts';
import type { Settings } from './settings.ts';
import type { Transport } from './transport.ts';

/** A caller of this server. Nothing is asked yet. */
export function openServer({ token, timeoutMs }: Settings, server: string): Transport {
  const client = createClient({ url: server, timeoutMs, ...(token && { token }) });
  return {
    close: () => Promise.resolve(),
    call: (name, input) => client.call(name, input as never),
  };
}
