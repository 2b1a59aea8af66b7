/**
 * Reads V8's stacks: the name of the error, and the frames that tell where it happened. Pure.
 *
 * A stack begins with the message, which may be long, have many lines, or look like frames itself: it is
 * stepped over. Of the frames only what a new release of the same code keeps is taken: function and file, no
 * line, no folder, no content hash of a bundler. Frames of the application go before those of libraries.
 */
import { isRandomWord } from './random-word.ts';

/** How many frames tell one place from another. */
const FRAMES = 5;
/** Where frames are looked for; a stack holds ten, unless somebody wants more. */
const LOOKED_AT = 16_384;

/** Keywords may stand before the name. */
const FRAME = /^\s{2,}at (?:[a-z]{3,5} (?!\())*(.{1,1000})$/;
/** `name (place)` or a place alone. */
const NAMED = /^(.*?)(?: \[as [^\]]{1,200}\])? \((.*)\)$/;
/** A place within code: file, line, and mostly the column. */
const PLACE = /^(.*?):\d+(?::\d+)?$/;
const HEADER = /^(?:Uncaught )?([A-Za-z_$][\w$.]{0,99})(?: \[([\w-]{1,100})\])?(?=:|\s*$)/;
const SHORTEST_HASH = 6;

/** What a stack says. */
export interface ReadStack {
  /** `TypeError`; with the code when Node put one there: `TypeError [ERR_INVALID_ARG_TYPE]`. */
  readonly type: string;
  /** `function file`, the innermost first. */
  readonly frames: readonly string[];
}

interface Frame {
  readonly name: string;
  readonly file: string;
}

/** Reads `stack`, whose error has the message `message`. Without a stack the type is `Error`. */
export function readStack(stack: string | undefined, message: string): ReadStack {
  if (!stack) return { type: 'Error', frames: [] };
  const firstLine = stack.slice(0, 300).split('\n', 1)[0]!;
  const [header = '', name, code] = HEADER.exec(firstLine) ?? [];
  const type = name === undefined ? 'Error' : code === undefined ? name : `${name} [${code}]`;
  return { type, frames: chosen(framesOf(behindMessage(stack, header, message))).map(describe) };
}

/** The part of the stack in which the frames are. */
function behindMessage(stack: string, header: string, message: string): string {
  const begin = header.length + 2; // a colon and a space
  if (stack.startsWith(message, begin))
    return stack.slice(begin + message.length, begin + message.length + LOOKED_AT);
  // The message was changed after the stack was made, or there is none: frames are at the end.
  return stack.length > LOOKED_AT ? stack.slice(-LOOKED_AT) : stack;
}

/** The first run of frames; what follows is the stack of a cause, or a promise library's own. */
function framesOf(text: string): Frame[] {
  const frames: Frame[] = [];
  let hasBegun = false;
  for (const line of text.split('\n')) {
    const [, call] = FRAME.exec(line) ?? [];
    if (call === undefined && hasBegun) break;
    if (call === undefined) continue;
    hasBegun = true;
    const frame = parseFrame(call);
    if (frame) frames.push(frame);
  }
  return frames;
}

/** Undefined for what has no place of its own: built-ins, `Promise.all (index 0)`, native code. */
function parseFrame(call: string): Frame | undefined {
  const [, name = '', named = ''] = NAMED.exec(call) ?? [];
  const place = named === '' ? call : named;
  const [, evaluated] = /^eval at .*?\(((?:[^()]|\([^()]*\))*)\)/.exec(place) ?? [];
  const [, file] = PLACE.exec(evaluated ?? place) ?? [];
  if (file === undefined) return undefined;
  return { name: name.replace(/<anonymous>$/, '').replace(/[.$\d]+$/, ''), file };
}

/** Those of the application when there are any, else those of libraries, else Node's own. */
function chosen(frames: readonly Frame[]): readonly Frame[] {
  const isNode = ({ file }: Frame): boolean => file.startsWith('node:');
  const isLibrary = ({ file }: Frame): boolean => /[\\/]node_modules[\\/]/.test(file);
  const libraries = frames.filter((frame) => !isNode(frame));
  const own = libraries.filter((frame) => !isLibrary(frame));
  return [own, libraries, frames].find(({ length }) => length > 0)?.slice(0, FRAMES) ?? [];
}

function describe({ name, file }: Frame): string {
  return `${name || '(anonymous)'} ${withoutHash(baseName(file))}`;
}

function baseName(file: string): string {
  return (
    file
      .replace(/[?#].*$/, '')
      .split(/[\\/]/)
      .at(-1) ?? ''
  );
}

/** `index-4f2a9c1b.js`, `main.3e5d.chunk.js`: the parts behind the first that read like a hash. */
function withoutHash(file: string): string {
  const dot = file.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [file.slice(0, dot), file.slice(dot)] : [file, ''];
  const dash = /^([A-Za-z][\w.]*?)-([\w-]{8})$/.exec(stem);
  if (dash && isHash(dash[2]!)) return dash[1]! + extension;
  const [first, ...parts] = stem.split(/(?=[.-])/);
  return first + parts.filter((part) => !isHash(part.slice(1))).join('') + extension;
}

function isHash(part: string): boolean {
  return part.length >= SHORTEST_HASH && (/\d/.test(part) || isRandomWord(part));
}
