/**
 * The HTTP side: gallery, uploads, photos as JSON and pictures, live events, and Drover's own routes and pages.
 *
 * Works without Redis. Every parameter is checked by a pattern before it comes near a path, every answer
 * carries security headers, and a page of another site cannot post here.
 *
 * Answers of `POST /photos`: 202 every photo is queued or was known · 503 every photo is kept but at least
 * one is not in a queue yet, which happens by itself later (who says `Prefer: respond-async` gets 202) · any
 * other code: something was refused, with the first reason as problem JSON and the fate of all photos in
 * `photos` and `refused`.
 */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { VARIANT_FORMATS, VARIANT_SIZES, type Variant } from './images/variants.ts';
import type { IntakeResult } from './intake.ts';
import type { Live } from './live.ts';
import { addPage } from './page/page-routes.ts';
import { SECURITY_HEADERS } from './page/security-headers.ts';
import { isMissing, messageOf, PhotoError, toPublicError } from './photo-error.ts';
import type { Pipeline } from './pipeline.ts';
import { toProblem } from './problem.ts';
import { readRecord } from './records.ts';
import { isPhotoId, type Storage } from './storage.ts';
import { readUpload, type UploadLimits } from './upload.ts';

export interface AppParts {
  readonly pipeline: Pipeline;
  readonly storage: Storage;
  readonly live: Live;
  readonly limits: UploadLimits;
  /** Drover's handler of `/health/*`, `/api/*` and `/metrics`: what monitoring asks. */
  readonly health: (request: Request) => Response | Promise<Response>;
  /** Drover's handler of all below `/ops`: the dashboard. It lets in whom the connection shows to be this machine. */
  readonly ops: (request: Request, connection: HttpBindings) => Response | Promise<Response>;
  readonly warn: (message: string) => void;
}

/** Also what `@hono/node-server` wants: a fetch handler that gets Node's own request beside. */
export type App = Hono<{ Bindings: HttpBindings }>;

/** Photos in one answer, unless more are asked for. */
const LIST_SIZE = 200;

export function createApp(parts: AppParts): App {
  const { pipeline, storage, live, limits, health, ops, warn } = parts;
  const app: App = new Hono();

  // Before the headers below: Drover sets its own.
  app.all('/ops/*', (context) => ops(context.req.raw, context.env));
  for (const path of ['/health/*', '/api/*', '/metrics']) {
    app.all(path, (context) => health(context.req.raw));
  }
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.header(name, value);
  });
  addPage(app, { catalogue: pipeline.catalogue, storage, live, maxFileBytes: limits.fileBytes });
  app.get('/events', (context) => live.open(context.req.raw.signal));
  app.post('/photos', async (context) => {
    if (isFromAnotherSite(context)) return context.text('Uploads come from this page only', 403);
    return upload(context.env.incoming, parts);
  });
  app.get('/photos', (context) => {
    const limit = Math.min(Number(context.req.query('limit') ?? LIST_SIZE) || LIST_SIZE, 1_000);
    const { catalogue } = pipeline;
    return context.json({ counts: catalogue.countByStatus(), photos: catalogue.list(limit) });
  });
  app.get('/photos/:id', async (context) => {
    const id = context.req.param('id');
    const view = isPhotoId(id) ? pipeline.catalogue.get(id) : undefined;
    if (view === undefined) return notFound();
    return context.json({ ...view, manifest: await readRecord(storage, 'manifests', id) });
  });
  app.get('/photos/:id/:file', async (context) => {
    const id = context.req.param('id');
    const variant = parseVariant(context.req.param('file'));
    if (!isPhotoId(id) || variant === null) return notFound();
    return sendVariant(storage, id, variant);
  });
  app.notFound(() => notFound());
  app.onError((error) => {
    if (!(error instanceof PhotoError)) warn(`A request failed: ${messageOf(error)}`);
    const isOurs = error instanceof PhotoError;
    return toProblem(
      isOurs
        ? toPublicError(error)
        : { code: 'STEP_FAILED', message: 'See the log of the service' },
    );
  });
  return app;
}

async function upload(request: IncomingMessage, parts: AppParts): Promise<Response> {
  const { storage, pipeline, limits } = parts;
  const photos: { id: string; name: string; result: IntakeResult }[] = [];
  try {
    const refused = await readUpload(request, limits, async (name, file, check) => {
      const received = await storage.receive(file, check);
      const result = await pipeline.intake.accept(received, name);
      photos.push({ id: received.id, name, result });
    });
    const first = refused[0];
    if (first !== undefined) return toProblem(first, { photos, refused });
    const mayWait = /\brespond-async\b/.test(String(request.headers.prefer));
    const isLate = photos.some(({ result }) => result === 'stored');
    if (isLate && !mayWait) return toUnqueued(photos);
    return Response.json({ photos }, { status: 202 });
  } catch (error) {
    if (!(error instanceof PhotoError)) throw error;
    const answer = toProblem(toPublicError(error), { photos });
    // The rest of the body is of no use: let the connection end with this answer.
    answer.headers.set('connection', 'close');
    return answer;
  }
}

function toUnqueued(photos: readonly object[]): Response {
  const message =
    'The photos are kept, but the queue cannot be reached: they are processed when it is back';
  return toProblem({ code: 'QUEUE_UNAVAILABLE', message }, { photos });
}

/** Browsers say where a request comes from; programs send nothing and are let in. */
function isFromAnotherSite(context: Context): boolean {
  const site = context.req.header('sec-fetch-site');
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** `960.webp` → the variant, anything else → `null`. */
function parseVariant(file: string): Variant | null {
  const [, sizeText, formatText] = /^(\d{1,5})\.([a-z]{1,5})$/.exec(file) ?? [];
  const size = VARIANT_SIZES.find((each) => String(each) === sizeText);
  const format = VARIANT_FORMATS.find((each) => each === formatText);
  return size === undefined || format === undefined ? null : { size, format };
}

async function sendVariant(storage: Storage, id: string, variant: Variant): Promise<Response> {
  try {
    const bytes = await readFile(storage.variantPath(id, variant));
    const headers = {
      'content-type': `image/${variant.format}`,
      'cache-control': 'public, max-age=31536000, immutable',
    };
    return new Response(bytes, { headers });
  } catch (error) {
    if (isMissing(error)) return notFound();
    throw error;
  }
}

function notFound(): Response {
  return toProblem({ code: 'NOT_FOUND', message: 'There is nothing at this address' });
}
