/**
 * Where a page of jobs ends and the next one begins, as a text that pages hand out and take back. Pure.
 *
 * In a set it is the score and the id of the last job. In a list, where nothing tells the place of a job, it is the place
 * as it was and the last few ids: the first of them that is still there is gone on from.
 */
import { InputError } from '../../errors.ts';

/** Behind the last job that was looked at. */
export interface JobCursor {
  /** Its score, or its place in the list counted from where the page began. */
  readonly at: string;
  /** Its id first, then the ones before it. */
  readonly ids: readonly string[];
}

/** Ids that a cursor of a list holds; fewer, but one, where they are long. */
const MOST_ANCHORS = 5;
const MOST_CHARACTERS = 500;

/** Of the ids of a page those that its cursor holds, the last one first. */
export function toAnchors(ids: readonly string[]): string[] {
  const anchors: string[] = [];
  let characters = 0;
  for (const id of ids.slice(-MOST_ANCHORS).reverse()) {
    characters += id.length;
    if (anchors.length === 0 || characters <= MOST_CHARACTERS) anchors.push(id);
  }
  return anchors;
}

/** As a text. `of`: what the cursor belongs to, such as the state and the order. */
export function writeCursor(of: string, { at, ids }: JobCursor): string {
  return Buffer.from(JSON.stringify([of, at, ...ids])).toString('base64url');
}

/** The cursor in a text; undefined for none. Throws INPUT_INVALID for what no page of this has given. */
export function readCursor(of: string, text: string | undefined): JobCursor | undefined {
  if (text === undefined || text === '') return undefined;
  const [given, at, ...ids] = parsed(text);
  const isId = (id: unknown): id is string => typeof id === 'string';
  const isGood =
    given === of &&
    typeof at === 'string' &&
    /^-?\d{1,20}(\.\d{1,20})?(e\+?\d{1,3})?$/.test(at) &&
    ids.length >= 1 &&
    ids.length <= MOST_ANCHORS;
  if (isGood && ids.every(isId)) return { at, ids };
  throw new InputError(
    '/cursor',
    'is not one that a page of these jobs has given: begin without it',
  );
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
