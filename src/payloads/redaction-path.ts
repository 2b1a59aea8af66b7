/**
 * Which fields of a payload are secret: the small language of `payload.redact`, and where a path leads. Pure.
 *
 * `customer.phone` a field in a field · `cards[*].number` that of every item · `cards[0].number` of one · `*.token` one
 * level down under any name · `**.password` at any depth, the top included · `headers["x-api-key"]` a name with other
 * characters. Names are taken as they are written, and an object or a list under a path is secret as a whole.
 */

const ANY: unique symbol = Symbol('any name or index');
const DEPTHS: unique symbol = Symbol('any number of levels');
type Step = string | typeof ANY | typeof DEPTHS;

/** The steps that are left of a path. */
export type RedactionPath = readonly Step[];
/** What is left of all paths at one place of a payload; none when nothing below it is secret. */
export type RedactionPaths = readonly RedactionPath[];

/** Every field. */
const EVERYTHING: RedactionPath = [ANY];

const LONGEST_PATH = 200;
const MOST_STEPS = 20;
/** A name with its dot, or something in brackets. */
const TOKEN = /(\.?)(\*\*|\*|[\p{L}\p{N}_$-]+)|\[(?:(\*|\d{1,9})|("(?:[^"\\]|\\.)*"))\]/uy;

/** The path, or what is wrong with it. */
export function parseRedactionPath(
  text: unknown,
): { readonly path: RedactionPath } | { readonly problem: string } {
  if (typeof text !== 'string' || text === '') return { problem: 'give a path' };
  if (text.length > LONGEST_PATH)
    return { problem: `it is longer than ${LONGEST_PATH} characters` };
  const path: Step[] = [];
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const [, dot, name, index, quoted] = TOKEN.exec(text) ?? [''];
    const isMisplaced = name !== undefined && (dot === '') !== (at === 0);
    if ((name ?? index ?? quoted) === undefined || isMisplaced)
      return { problem: `it cannot be read from column ${at + 1} on` };
    const step = toStep(name ?? index, quoted);
    if (step === undefined) return { problem: `${quoted} is no quoted name` };
    path.push(step);
  }
  if (path.length > MOST_STEPS) return { problem: `it has more than ${MOST_STEPS} steps` };
  if (path.at(-1) === DEPTHS) return { problem: 'give a name behind **' };
  if (path.filter((step) => step === DEPTHS).length > 1) return { problem: '** can stand once' };
  return { path };
}

function toStep(word: string | undefined, quoted: string | undefined): Step | undefined {
  if (word === '*') return ANY;
  if (word === '**') return DEPTHS;
  if (word !== undefined) return word;
  try {
    return JSON.parse(quoted!) as string;
  } catch {
    return undefined;
  }
}

/** The paths; one that cannot be read is every field. */
export function toRedactionPaths(texts: readonly string[]): RedactionPaths {
  return texts.map((text) => {
    const parsed = parseRedactionPath(text);
    return 'path' in parsed ? parsed.path : EVERYTHING;
  });
}

/** What the paths lead to below a name or an index: the whole of it is secret, or what is left of them. */
export function follow(paths: RedactionPaths, name: string): RedactionPaths | 'secret' {
  const left: RedactionPath[] = [];
  for (const path of paths) {
    if (path[0] === DEPTHS) left.push(path);
    const from = path[0] === DEPTHS ? 1 : 0;
    if (path[from] !== ANY && path[from] !== name) continue;
    if (path.length === from + 1) return 'secret';
    left.push(path.slice(from + 1));
  }
  return left;
}

/** The same at a place: its names and indexes from the outside in. */
export function followPlace(
  paths: RedactionPaths,
  place: readonly string[],
): RedactionPaths | 'secret' {
  let left = paths;
  for (const name of place) {
    const below = follow(left, name);
    if (below === 'secret') return below;
    left = below;
  }
  return left;
}

/** Whether a path holds at any depth: then what is moved stays secret. Said of whole paths, not of what is left. */
export function isAnywhere(path: RedactionPath): boolean {
  return path[0] === DEPTHS;
}

/** Whether a path is about one item of a list: then its secret is another one once an item before it has gone. */
export function isOfOneItem(path: RedactionPath): boolean {
  const next = path[0] === DEPTHS ? path[1] : path[0];
  return typeof next === 'string' && /^\d+$/.test(next);
}
