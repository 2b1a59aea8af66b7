/**
 * One file of the dashboard, held in memory, and its answer. It is compressed when it is first asked for so.
 */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { etagOf, isKnown } from '../etag.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Coding → how; the first that a client takes is used. Brotli's best would take a second of a core. */
const CODINGS: Readonly<Record<string, (content: Bytes) => Promise<Bytes>>> = {
  br: (content) =>
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (content) => promisify(gzip)(content, { level: 9 }),
};

/** What is known of a file before it is read. */
export interface PageFileKind {
  /** Its media type. */
  readonly type: string;
  /** Its name changes with its content, so that it may be kept for ever. */
  readonly isHashed: boolean;
}

/** A file with a name of its own. */
export class PageFile {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #content: Bytes;
  readonly #etag: string;
  readonly #encoded = new Map<string, Promise<Bytes>>();

  constructor(content: Bytes, { type, isHashed }: PageFileKind) {
    this.#content = content;
    this.#etag = etagOf(content);
    this.#headers = {
      'Cache-Control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      'Content-Type': type,
      ETag: this.#etag,
      Vary: 'Accept-Encoding',
    };
  }

  /** The whole file, compressed as its client likes it, or that the client has it. */
  async answer(request: Headers): Promise<Response> {
    const headers = new Headers(this.#headers);
    if (isKnown(request, this.#etag)) return new Response(null, { status: 304, headers });
    const coding = Object.keys(CODINGS).find((each) => takes(request, each));
    const body = coding ? await this.#as(coding) : this.#content;
    if (coding) headers.set('Content-Encoding', coding);
    headers.set('Content-Length', String(body.byteLength));
    return new Response(body, { headers });
  }

  #as(coding: string): Promise<Bytes> {
    const made = this.#encoded.get(coding) ?? CODINGS[coding]!(this.#content);
    this.#encoded.set(coding, made);
    return made;
  }
}

function takes(headers: Headers, coding: string): boolean {
  return (headers.get('accept-encoding') ?? '').split(',').some((each) => {
    const [name, weight = '1'] = each
      .trim()
      .toLowerCase()
      .split(/\s*;\s*q\s*=\s*/);
    return name === coding && Number(weight) > 0;
  });
}
