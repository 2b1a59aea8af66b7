/**
 * Small landscapes drawn as SVG, for sample photos that look like something.
 *
 * Pure and seeded: the same seed draws the same picture for ever. Drawn on a canvas of 1200 units of
 * width; whoever rasterises it chooses the pixels.
 */

export type SceneKind = 'mountains' | 'sea' | 'city' | 'meadow' | 'desert' | 'forest';

interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly random: () => number;
}

const WIDTH = 1200;

/** @param ratio  height divided by width */
export function drawScene(kind: SceneKind, seed: number, ratio: number): string {
  const canvas = { width: WIDTH, height: Math.round(WIDTH * ratio), random: createRandom(seed) };
  const { width, height } = canvas;
  const drawing = SCENES[kind](canvas).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${drawing}</svg>`;
}

const SCENES: Readonly<Record<SceneKind, (canvas: Canvas) => readonly string[]>> = {
  mountains: (canvas) => [
    sky(canvas, '#27406b', '#f4b183'),
    sun(canvas, '#ffe3b0', 70),
    ...['#7d86a8', '#5b6488', '#3b4466', '#232a44'].map((colour, layer) =>
      ridge(canvas, { colour, base: 0.5 + layer * 0.13, rough: 0.2 - layer * 0.03, points: 14 }),
    ),
  ],
  sea: (canvas) => [
    sky(canvas, '#58a6d8', '#e9f4f7'),
    sun(canvas, '#fffbe6', 50),
    ...['#2f87b0', '#1f6d98', '#155a82'].map((colour, layer) =>
      ridge(canvas, { colour, base: 0.58 + layer * 0.14, rough: 0.012, points: 40 }),
    ),
    boat(canvas),
  ],
  city: (canvas) => [
    sky(canvas, '#0b1030', '#5a3d6b'),
    ...dots(canvas, { count: 120, colour: '#fff', radius: 1.6, from: 0, to: 0.5 }),
    ...towers(canvas, '#171c3a', 22, 0.62),
    ...towers(canvas, '#0a0d1f', 16, 0.45),
  ],
  meadow: (canvas) => [
    sky(canvas, '#8ec9f0', '#f6fbff'),
    ridge(canvas, { colour: '#86b25e', base: 0.52, rough: 0.06, points: 9 }),
    ridge(canvas, { colour: '#5f9440', base: 0.62, rough: 0.05, points: 9 }),
    ...dots(canvas, { count: 160, colour: '#e8475a', radius: 9, from: 0.66, to: 1 }),
    ...dots(canvas, { count: 110, colour: '#ffd84d', radius: 7, from: 0.64, to: 1 }),
  ],
  desert: (canvas) => [
    sky(canvas, '#e8a15b', '#fde7c0'),
    sun(canvas, '#fff4d6', 90),
    ...['#d98e4a', '#c2743a', '#9d562c'].map((colour, layer) =>
      ridge(canvas, { colour, base: 0.55 + layer * 0.15, rough: 0.1, points: 6 }),
    ),
  ],
  forest: (canvas) => [
    sky(canvas, '#c3d6cf', '#eef3e6'),
    ...['#8fae9c', '#5d8470', '#345a49', '#173328'].flatMap((colour, layer) =>
      firs(canvas, colour, 0.5 + layer * 0.13, 18 - layer * 2),
    ),
  ],
};

/** Mulberry32: small, seeded, good enough for hills. @returns numbers from 0 to 1 */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sky({ width, height }: Canvas, top: string, bottom: string): string {
  return `<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="0.75" stop-color="${bottom}"/></linearGradient></defs><rect width="${width}" height="${height}" fill="url(#s)"/>`;
}

function sun({ width, height, random }: Canvas, colour: string, radius: number): string {
  const x = width * (0.15 + 0.7 * random());
  const y = height * (0.15 + 0.25 * random());
  return [1.9, 1.4, 1]
    .map((scale) => circle(x, y, radius * scale, colour, 0.9 / scale ** 3))
    .join('');
}

interface Ridge {
  readonly colour: string;
  /** Height of the line and its roughness, as parts of the canvas. */
  readonly base: number;
  readonly rough: number;
  readonly points: number;
}

function ridge({ width, height, random }: Canvas, { colour, base, rough, points }: Ridge): string {
  let path = `M0 ${height}`;
  for (let at = 0; at <= points; at += 1) {
    const y = height * (base + rough * (random() - 0.5) * 2);
    path += ` L${round((width * at) / points)} ${round(y)}`;
  }
  return `<path d="${path} L${width} ${height} Z" fill="${colour}"/>`;
}

function boat({ width, height, random }: Canvas): string {
  const x = width * (0.2 + 0.6 * random());
  const y = height * 0.66;
  return `<path d="M${round(x)} ${round(y)} l150 0 l-30 40 l-95 0 Z" fill="#7a2e21"/><path d="M${round(x + 70)} ${round(y - 12)} l0 -150 l85 140 Z" fill="#fdfaf2"/>`;
}

function towers({ width, height, random }: Canvas, colour: string, count: number, top: number) {
  return Array.from({ length: count }, (_, at) => {
    const x = (width * at) / count;
    const wide = (width / count) * (0.8 + 0.4 * random());
    const tall = height * top * (0.4 + 0.6 * random());
    const lights = Array.from({ length: 14 }, () => {
      const [lightX, lightY] = [x + wide * (0.1 + 0.75 * random()), height - tall * random()];
      return `<rect x="${round(lightX)}" y="${round(lightY)}" width="5" height="8" fill="#ffd98a"/>`;
    });
    return `<rect x="${round(x)}" y="${round(height - tall)}" width="${round(wide)}" height="${round(tall)}" fill="${colour}"/>${lights.join('')}`;
  });
}

interface Dots {
  readonly count: number;
  readonly colour: string;
  readonly radius: number;
  readonly from: number;
  readonly to: number;
}

function dots({ width, height, random }: Canvas, { count, colour, radius, from, to }: Dots) {
  return Array.from({ length: count }, () => {
    const depth = random();
    const y = height * (from + (to - from) * depth);
    return circle(width * random(), y, radius * (0.5 + depth), colour, 0.95);
  });
}

function firs({ width, height, random }: Canvas, colour: string, base: number, count: number) {
  return Array.from({ length: count }, (_, at) => {
    const x = (width * (at + random())) / count;
    const tall = height * (0.16 + 0.2 * random());
    const half = tall * 0.22;
    const top = height * base - tall;
    return `<path d="M${round(x)} ${round(top)} L${round(x + half)} ${height} L${round(x - half)} ${height} Z" fill="${colour}"/>`;
  });
}

function circle(x: number, y: number, radius: number, colour: string, opacity: number): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}" fill="${colour}" opacity="${round(opacity)}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
