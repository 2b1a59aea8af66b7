/**
 * Reads server-sent events from the lines of an answer.
 */
import type { LiveEvent } from '../operations/live/live-views.ts';

/** What a stream says: an event, or how long to wait before coming back. */
export type StreamWord = { readonly event: LiveEvent } | { readonly retryMs: number };

/** Events whose data is no JSON are left out: they are not ours. */
export async function* readEvents(lines: AsyncIterable<string>): AsyncGenerator<StreamWord> {
  let id = '';
  let event = '';
  let data: string[] = [];
  for await (const line of lines) {
    if (line === '') {
      const text = data.join('\n');
      const value = parse(text);
      if (value !== undefined) yield { event: { id, event, text, data: value } as LiveEvent };
      event = '';
      data = [];
      continue;
    }
    const at = line.indexOf(':');
    if (at === 0) continue; // A comment: the connection lives.
    const field = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
    if (field === 'id') id = value;
    else if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'retry' && /^\d+$/.test(value)) yield { retryMs: Number(value) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
