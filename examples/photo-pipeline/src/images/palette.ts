/**
 * The placeholder and the dominant colours: what a page shows before the first picture has come.
 *
 * The placeholder is a WebP of 16 pixels as a data URI (about 150 bytes), to be blurred by the page. The
 * colours are the fullest cells of a 4 × 4 × 4 colour cube over a 64-pixel version, most frequent first.
 */
import { decoding, type ImageSource, openUpright } from './decode.ts';

export interface Palette {
  /** `data:image/webp;base64,...` */
  readonly placeholder: string;
  /** Up to five, as `#rrggbb`, the most frequent first. */
  readonly colours: readonly string[];
}

const CELLS_PER_CHANNEL = 4;
const MAX_COLOURS = 5;

export async function readPalette(source: ImageSource): Promise<Palette> {
  const small = await decoding(() =>
    openUpright(source)
      .flatten({ background: '#fff' })
      .resize(64, 64, { fit: 'inside' })
      .removeAlpha()
      .png()
      .toBuffer(),
  );
  const [placeholder, pixels] = await decoding(() =>
    Promise.all([
      openUpright(small).resize(16, 16, { fit: 'inside' }).webp({ quality: 40 }).toBuffer(),
      openUpright(small).raw().toBuffer(),
    ]),
  );
  return {
    placeholder: `data:image/webp;base64,${placeholder.toString('base64')}`,
    colours: toColours(pixels),
  };
}

interface Cell {
  count: number;
  readonly sums: [red: number, green: number, blue: number];
}

function toColours(rgb: Buffer): readonly string[] {
  const cells = new Map<number, Cell>();
  for (let at = 0; at + 2 < rgb.length; at += 3) {
    addPixel(cells, rgb.readUInt8(at), rgb.readUInt8(at + 1), rgb.readUInt8(at + 2));
  }
  return [...cells.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, MAX_COLOURS)
    .map(({ count, sums }) => `#${sums.map((sum) => toHex(sum / count)).join('')}`);
}

function addPixel(cells: Map<number, Cell>, red: number, green: number, blue: number): void {
  const key = (toCell(red) * CELLS_PER_CHANNEL + toCell(green)) * CELLS_PER_CHANNEL + toCell(blue);
  const cell = cells.get(key) ?? { count: 0, sums: [0, 0, 0] };
  cell.count += 1;
  cell.sums[0] += red;
  cell.sums[1] += green;
  cell.sums[2] += blue;
  cells.set(key, cell);
}

function toCell(value: number): number {
  return Math.floor((value * CELLS_PER_CHANNEL) / 256);
}

function toHex(value: number): string {
  return Math.round(value).toString(16).padStart(2, '0');
}
