/**
 * Writes dead letters out as NDJSON: one JSON object a line, page by page, so that memory stays bounded.
 *
 * The data of a job goes out as the text it is stored as, so no number changes on the way, but for what is hidden.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import { type DeadLetter, parseDeadLetter } from './dead-letter.ts';
import type { LetterShower, Sight } from './letter-shower.ts';
import { partsOf } from './read-jobs.ts';
import type { FrozenSelection } from './selection.ts';
import { type Found, Walk } from './walk.ts';

const PAGE = 200;
/** A record beside its original job. */
const RECORD_BYTES = 40 * 1_024;

/** What an export needs. */
export interface ExportContext {
  readonly hub: Pick<Hub, 'onBulk'>;
  readonly keys: Keys;
  readonly shower: LetterShower;
}

/**
 * The lines, each with its line end, oldest first. The socket is not held while nobody asks for the next line.
 *
 * @param ids those that were chosen; unused where a filter selects
 */
export async function* exportLines(
  { hub, keys, shower }: ExportContext,
  selection: FrozenSelection,
  ids: readonly string[],
  sight: Sight,
): AsyncGenerator<string> {
  const paths = await hub.onBulk(async (bulk) => shower.pathsOf(selection.queue, await bulk.raw()));
  const walk = new Walk(keys, selection, ids);
  for (let place: string | null = ''; place !== null; ) {
    const from: string = place;
    const page = await hub.onBulk(async (bulk) => walk.page(await bulk.raw(), from, PAGE));
    const sized = page.found.map((found) => ({ ...found, bytes: found.bytes + RECORD_BYTES }));
    for (const part of partsOf(sized)) {
      const letters = await hub.onBulk(async (bulk) =>
        readLetters(await bulk.raw(), keys, selection.queue, part),
      );
      for (const letter of letters) yield toLine(await shower.show(letter, sight, paths));
    }
    place = page.next;
  }
}

async function readLetters(
  redis: Redis,
  keys: Keys,
  queue: string,
  part: readonly Found[],
): Promise<DeadLetter[]> {
  const pipeline = redis.pipeline();
  for (const { jobId } of part) pipeline.hgetall(keys.deadLetter(queue, jobId));
  const replies = (await pipeline.exec()) ?? [];
  return part.flatMap(({ jobId }, i) => {
    const [error, hash] = replies[i]!;
    if (error) throw error;
    return parseDeadLetter(queue, jobId, hash as Record<string, string>) ?? [];
  });
}

function toLine({ originalJob, ...rest }: DeadLetter): string {
  if (!originalJob) return `${JSON.stringify({ ...rest, originalJob: null })}\n`;
  const { data, opts, ...job } = originalJob;
  const head = JSON.stringify({ ...rest, originalJob: job }).slice(0, -2);
  return `${head},"opts":${jsonOr(opts)},"data":${jsonOr(data)}}}\n`;
}

/** The text itself when it is JSON on one line, else as a JSON string. */
function jsonOr(text: string): string {
  try {
    JSON.parse(text);
    return text.replace(/[\r\n]+/g, ' ');
  } catch {
    return JSON.stringify(text);
  }
}
