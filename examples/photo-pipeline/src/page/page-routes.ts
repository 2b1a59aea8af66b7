/**
 * The addresses of the gallery: the page, one photo of it, the parts that its script asks for, its files.
 */
import type { Catalogue } from '../catalogue.ts';
import type { Live } from '../live.ts';
import { readRecord } from '../records.ts';
import type { App } from '../server.ts';
import { isPhotoId, type Storage } from '../storage.ts';
import { renderGallery } from './gallery-page.ts';
import { createPageFiles } from './page-files.ts';
import { renderCard } from './photo-card.ts';
import { renderPhotoView, type ShownPhoto } from './photo-view.ts';

export interface PageParts {
  readonly catalogue: Catalogue;
  readonly storage: Storage;
  readonly live: Live;
  readonly maxFileBytes: number;
}

/** How many photos the page shows; the others have their own addresses. */
const PAGE_SIZE = 200;

export function addPage(app: App, parts: PageParts): void {
  const { catalogue, live, maxFileBytes } = parts;
  const fileOf = createPageFiles();

  const renderPage = async (shown: ShownPhoto | null): Promise<string> => {
    const state = await live.readState();
    const views = catalogue.list(PAGE_SIZE);
    return renderGallery({ state, views, total: catalogue.size, shown, maxFileBytes });
  };
  app.get('/', async (context) => context.html(await renderPage(null)));
  app.get('/view/:id', async (context) => {
    const shown = await readShown(parts, context.req.param('id'));
    return shown === null ? context.notFound() : context.html(await renderPage(shown));
  });
  app.get('/parts/cards', (context) =>
    context.html(catalogue.list(PAGE_SIZE).map(renderCard).join('\n')),
  );
  app.get('/parts/photos/:id', async (context) => {
    const shown = await readShown(parts, context.req.param('id'));
    return shown === null ? context.notFound() : context.html(renderPhotoView(shown));
  });
  app.get('/page/:file', (context) => {
    const { file } = context.req.param();
    return fileOf(file, context.req.header('if-none-match')) ?? context.notFound();
  });
}

async function readShown(
  { catalogue, storage }: PageParts,
  id: string,
): Promise<ShownPhoto | null> {
  const view = isPhotoId(id) ? catalogue.get(id) : undefined;
  if (view === undefined) return null;
  const all = catalogue.list(catalogue.size);
  const at = all.findIndex((each) => each.id === id);
  const manifest = await readRecord(storage, 'manifests', id);
  return {
    view,
    variants: manifest?.variants ?? [],
    alike: view.nearDuplicates.flatMap((other) => catalogue.get(other) ?? []),
    previous: all[at - 1]?.id ?? null,
    next: all[at + 1]?.id ?? null,
    position: at + 1,
    total: all.length,
  };
}
