/**
 * Sends one message through WhatsApp, and tells apart what callers treat differently. Knows no queue.
 *
 * The key makes a repeat harmless: when the answer was lost, the provider finds what it has delivered.
 */
import { type CallOptions, call, Refused } from './call.ts';

export interface OutgoingMessage {
  readonly to: string;
  readonly text: string;
}

/** The provider takes nothing from us for a while. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`WhatsApp takes no messages for ${retryAfterMs} ms`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** @throws RateLimited, Refused for a number that does not exist, or an error that is worth a retry */
export async function sendMessage(
  url: string,
  key: string,
  message: OutgoingMessage,
  options: CallOptions,
): Promise<{ messageId: string }> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const init = { method: 'POST', headers, body: JSON.stringify(message) };
  const answer = await call('WhatsApp', `${url}/messages`, init, options);
  if (answer.status === 429)
    throw new RateLimited(toMilliseconds(answer.headers.get('retry-after'), Date.now()));
  if (answer.status === 404) throw new Refused(`${message.to} is not on WhatsApp`);
  if (!answer.ok) throw new Error(`WhatsApp answered ${answer.status}`);
  return (await answer.json()) as { messageId: string };
}

/** `Retry-After` is a number of seconds or a date; one second when it is neither. */
export function toMilliseconds(retryAfter: string | null, now: number): number {
  const seconds = Number(retryAfter ?? Number.NaN);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const at = Date.parse(retryAfter ?? '');
  return Number.isFinite(at) ? Math.max(0, at - now) : 1_000;
}
