/**
 * Opens the results and the progress in a reply of a queue's stream of events.
 *
 * A reply is bounded by what it takes in Redis, where a result of 10 MB may be a pointer of 200 bytes. So only so many
 * entries of it are handed on as fit into a budget of opened bytes, and one at least: the reader asks for those after
 * them next. What cannot be read is handed on as it is stored; after the first body whose store is away no other one of
 * the reply is asked for, or a listener would stand still for as long as all of them take to fail.
 */
import pLimit from 'p-limit';
import { after, changeEach } from '../base/perhaps.ts';
import { isEnvelope, isPointer } from '../payloads/envelope.ts';
import type { PayloadKind, Perhaps } from '../payloads/payload-codec.ts';
import { plainLength } from '../payloads/stored-head.ts';
import type { QueuePayloads } from './queue-payloads.ts';

type Entry = [id: string, fields: string[]];
type Stream = [key: string, entries: Entry[]];
/** As XREAD answers. */
export type Streams = Stream[];

const BODIES_AT_ONCE = 16;
const MOST_OPENED_BYTES = 16 * 1024 * 1024;
const FIELDS: Readonly<Record<string, PayloadKind>> = { returnvalue: 'result', data: 'progress' };

/** The reply with what fits of it opened. The listeners of a stream may share it: what changes is a copy. */
export function openEvents(payloads: QueuePayloads, streams: Streams): Perhaps<readonly Stream[]> {
  const read = readsOf(payloads);
  return changeEach<Stream>(streams, (stream) => {
    const [key, entries] = stream;
    const fitting = whatFits(entries);
    const opened = changeEach<Entry>(fitting, (entry) => openEntry(read, entry));
    return after(opened, (made) => (made === entries ? stream : [key, made as Entry[]]));
  });
}

type Read = (kind: PayloadKind, text: string, jobId: string) => Perhaps<string>;

function openEntry(read: Read, entry: Entry): Perhaps<Entry> {
  const [id, fields] = entry;
  const jobIdAt = fields.indexOf('jobId');
  const jobId = jobIdAt === -1 ? '' : (fields[jobIdAt + 1] ?? '');
  const shown = changeEach<string>(fields, (text, i) => {
    const kind = kindAt(fields, i);
    return kind ? read(kind, text, jobId) : text;
  });
  return after(shown, (made) => (made === fields ? entry : [id, made as string[]]));
}

/** The entries from the first one on whose payloads take no more than the budget together; the same list when all do. */
function whatFits(entries: Entry[]): Entry[] {
  let bytes = 0;
  const end = entries.findIndex(([, fields], at) => {
    for (const [i, text] of fields.entries()) if (kindAt(fields, i)) bytes += plainLength(text);
    return bytes > MOST_OPENED_BYTES && at > 0;
  });
  return end === -1 ? entries : entries.slice(0, end);
}

function kindAt(fields: readonly string[], i: number): PayloadKind | undefined {
  return i % 2 === 1 && isEnvelope(fields[i]!) ? FIELDS[fields[i - 1]!] : undefined;
}

function readsOf(payloads: QueuePayloads): Read {
  const limit = pLimit(BODIES_AT_ONCE);
  let down: unknown;
  const readBody: Read = async (kind, text, jobId) => {
    try {
      if (down === undefined) return await payloads.lookedAt(kind, text, jobId);
    } catch (error) {
      down = error;
    }
    return payloads.unreadable(down, text, jobId);
  };
  return (kind, text, jobId) =>
    isPointer(text) ? limit(readBody, kind, text, jobId) : payloads.shown(kind, text, jobId);
}
