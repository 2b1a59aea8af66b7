/**
 * Gives a body back that something before the face has read: `express.json()`, Nest's own parser and the like.
 *
 * They leave what they made of it in `request.body`; it is written as JSON again. Integers that JavaScript cannot hold
 * have been changed by then: mount the face first, or keep the bytes as a `Buffer` in `rawBody`, which is left alone.
 */
import type { IncomingMessage } from 'node:http';

/** Puts the body where `@hono/node-server` looks for it. */
export function restoreBody(request: IncomingMessage, parsed?: unknown): void {
  const carrier = request as IncomingMessage & { body?: unknown; rawBody?: unknown };
  const body = parsed === undefined ? carrier.body : parsed;
  if (carrier.rawBody instanceof Buffer || body === undefined || !request.readableEnded) return;
  if (Buffer.isBuffer(body)) carrier.rawBody = body;
  else carrier.rawBody = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
