/**
 * Server-sent events: how events are written, and the comment that keeps a quiet connection open.
 */
import { withDeadline } from '../base/wait.ts';
import type { CoordinatorError } from '../errors.ts';
import type { LiveEvent } from '../operations/live/live-views.ts';

/** Headers of a stream of events: nothing between may keep it or collect it. */
export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/** What a browser is told to wait before it comes back. */
const RETRY_MS = 2_000;
/** A proxy takes a connection for dead after 30 s and more. */
const COMMENT_EVERY_MS = 15_000;

/** The first lines of a stream. */
export const EVENT_STREAM_PREFACE: string = `retry: ${RETRY_MS}\n\n`;

/** Reads events as chunks of the stream: the next event, or a comment when there is none for a while. */
export function eventChunks(
  commentEveryMs: number = COMMENT_EVERY_MS,
): (source: AsyncIterator<LiveEvent>) => Promise<string | null> {
  let pending: Promise<IteratorResult<LiveEvent>> | undefined;
  return async (source) => {
    pending ??= source.next();
    const waited = await withDeadline(pending, commentEveryMs);
    if (!waited.settled) return ': still here\n\n';
    pending = undefined;
    return waited.value.done ? null : toText(waited.value.value);
  };
}

/** The event that ends a stream before its time. It has no id: whoever comes back goes on after the event before it. */
export function endedChunk({ code, message }: CoordinatorError): string {
  return `event: ended\ndata: ${JSON.stringify({ code, detail: message })}\n\n`;
}

/** An event as it is sent. JSON has no line breaks of its own, and ids and names hold none. */
function toText({ id, event, text }: LiveEvent): string {
  return `id: ${oneLine(id)}\nevent: ${oneLine(event)}\ndata: ${text}\n\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}
