/// <reference lib="dom" />
/**
 * Takes the pictures in `docs/screenshots`, when `npm run screenshots` asks for them: of the visible part of a page, with
 * nothing in it that moves. At other times it does nothing.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { Pictured } from './screens.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
/** Narrower than that is a phone's page. */
const NARROW_PX = 600;
/** Everybody who clones the repository has them. */
const MOST_BYTES = 120_000;

/** Writes `<name>-<light|dark|narrow>.png`; `.jpeg` for pages full of photographs, which a PNG cannot make small. */
export async function shoot(page: Page, name: string, type: 'png' | 'jpeg' = 'png'): Promise<void> {
  if (process.env.DROVER_SCREENSHOTS !== '1') return;
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const isNarrow = (page.viewportSize()?.width ?? 0) < NARROW_PX;
  const file = `${name}-${isNarrow ? 'narrow' : isDark ? 'dark' : 'light'}.${type}`;
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  const taken = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  const picture = await packed(taken, type);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${file}`, picture);
}

/** As good as there are bytes for. PNGs have at most 256 colours, which is enough for pages. */
async function packed(png: Buffer, type: 'png' | 'jpeg'): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const palette = { palette: true, dither: 0, effort: 10, compressionLevel: 9 };
  for (let quality = 100; quality > 0; quality -= 20) {
    const picture =
      type === 'png'
        ? sharp(png).png({ ...palette, quality })
        : sharp(png).jpeg({ quality: Math.min(70, quality), mozjpeg: true });
    const bytes = await picture.toBuffer();
    if (bytes.length <= MOST_BYTES) return bytes;
  }
  throw new Error(`no picture of this page has ${MOST_BYTES} bytes or less`);
}

/** Writes the page that shows all pictures. */
export function writeGallery(pictures: readonly Pictured[]): void {
  if (process.env.DROVER_SCREENSHOTS !== '1') return;
  mkdirSync(FOLDER, { recursive: true });
  const files = readdirSync(FOLDER);
  const picture = (name: string, look: string, width: number): string => {
    const file = files.find((each) => each.startsWith(`${name}-${look}.`));
    return file ? `<img src="${file}" alt="${name}, ${look}" width="${width}">` : '–';
  };
  const row = ({ name, title }: Pictured): string =>
    `| ${title} | ${picture(name, 'light', 400)} | ${picture(name, 'dark', 400)} | ${picture(name, 'narrow', 125)} |`;
  const text = [
    '# Every screen',
    '',
    'Of the dashboard, and of the gallery of the photo pipeline. Taken by `npm run screenshots` of real servers with real',
    'workers: in the world of the browser tests `mails` fails for three causes, nobody runs `webhooks`, and somebody has',
    'paused `reports`. Do not edit.',
    '',
    '| screen | light | dark | on a phone |',
    '| --- | --- | --- | --- |',
    ...pictures.map(row),
    '',
  ];
  writeFileSync(`${FOLDER}README.md`, text.join('\n'));
}
