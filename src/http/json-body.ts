/**
 * Reads the body of a request as a JSON object, within bounds: of bytes, and of depth. In fields that hold data of jobs,
 * numbers that JavaScript cannot hold keep their digits.
 */
import { parseExactly } from '../base/exact-numbers.ts';
import { isNestedBeyond } from '../base/nesting.ts';
import { CoordinatorError } from '../errors.ts';
import { HttpRefusal } from './http-refusal.ts';

/** Objects and arrays within each other. */
const DEEPEST = 64;

/**
 * The fields of the body; none when there is no body. Throws an `HttpRefusal`.
 *
 * @param exact names of the fields whose numbers are kept exactly, as `parseExactly` does
 */
export async function readJsonBody(
  request: Request,
  limitBytes: number,
  exact: readonly string[] = [],
): Promise<Record<string, unknown>> {
  const text = await readText(request, limitBytes);
  if (text === '') return {};
  if (!isJson(request.headers.get('content-type')))
    throw new HttpRefusal(415, 'send JSON, with `Content-Type: application/json`');
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HttpRefusal(400, 'the body must be a JSON object');
  if (isNestedBeyond(DEEPEST, value))
    throw new HttpRefusal(400, `the body is nested more than ${DEEPEST} levels deep`);
  const fields = value as Record<string, unknown>;
  const kept = exact.filter((name) => Object.hasOwn(fields, name));
  if (kept.length === 0) return fields;
  const exactly = parseExactly(text) as Record<string, unknown>;
  return { ...fields, ...Object.fromEntries(kept.map((name) => [name, exactly[name]])) };
}

/** Whether a body follows, as far as the headers say. */
export function announcesBody(headers: Headers): boolean {
  return headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
}

/** Whether a type is JSON, whatever its parameters. */
export function isJson(contentType: string | null): boolean {
  return /^\s*application\/json\s*(?:;|$)/i.test(contentType ?? '');
}

async function readText(request: Request, limitBytes: number): Promise<string> {
  const tooLarge = (): HttpRefusal =>
    new HttpRefusal(413, `the body may have at most ${limitBytes} bytes`);
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limitBytes) throw tooLarge();
  if (request.bodyUsed) throw alreadyRead();
  const bytes = await readBytes(request, limitBytes, tooLarge);
  if (bytes.length === 0 && announced > 0) throw alreadyRead();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpRefusal(400, 'the body is not UTF-8');
  }
}

async function readBytes(
  { body }: Request,
  limitBytes: number,
  tooLarge: () => HttpRefusal,
): Promise<Uint8Array> {
  if (!body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength;
    if (size > limitBytes) {
      void reader.cancel().catch(() => {}); // The answer does not wait for the rest.
      throw tooLarge();
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}

function alreadyRead(): CoordinatorError {
  return new CoordinatorError(
    'CONFIG_INVALID',
    'The body of the request was read before the face saw it: mount the face first, or keep the bytes in `rawBody`',
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const where = at === undefined ? 'its end' : `position ${at}`;
    throw new HttpRefusal(400, `the body is not JSON: it cannot be read at ${where}`);
  }
}
