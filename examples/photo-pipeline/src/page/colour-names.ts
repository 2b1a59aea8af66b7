/**
 * Names for colours, so that a palette can be read aloud: `#1b3a6b` is `dark blue`.
 *
 * Pure. Coarse on purpose: two dozen names by hue, lightness and saturation.
 */

/** Upper end of each hue in degrees; what is above the last is red again. */
const HUES: readonly (readonly [until: number, name: string])[] = [
  [15, 'red'],
  [42, 'orange'],
  [68, 'yellow'],
  [165, 'green'],
  [195, 'teal'],
  [255, 'blue'],
  [290, 'violet'],
  [345, 'pink'],
  [360, 'red'],
];

/** The names of `#rrggbb` colours in their order, each once. */
export function nameColours(colours: readonly string[]): readonly string[] {
  return [...new Set(colours.map(nameColour))];
}

export function nameColour(colour: string): string {
  const { hue, saturation, lightness, spread } = toHsl(colour);
  if (lightness < 0.1) return 'black';
  if (lightness > 0.94) return 'white';
  if (spread < 0.1) return shade('grey', lightness);
  if (hue >= 42 && hue < 75 && lightness < 0.4) return 'olive';
  if (hue >= 15 && hue < 42 && lightness < 0.45) return lightness < 0.27 ? 'dark brown' : 'brown';
  if (hue >= 25 && hue < 60 && saturation < 0.5 && lightness > 0.6) return 'sand';
  return shade(HUES.find(([until]) => hue < until)?.[1] ?? 'red', lightness);
}

function shade(name: string, lightness: number): string {
  if (lightness < 0.32) return `dark ${name}`;
  return lightness > 0.72 ? `light ${name}` : name;
}

interface Hsl {
  /** Degrees. */
  readonly hue: number;
  readonly saturation: number;
  readonly lightness: number;
  /** Between the strongest and the weakest channel, 0 to 1. */
  readonly spread: number;
}

function toHsl(colour: string): Hsl {
  const [red, green, blue] = [1, 3, 5].map(
    (at) => parseInt(colour.slice(at, at + 2), 16) / 255,
  ) as [number, number, number];
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  const spread = most - least;
  const lightness = (most + least) / 2;
  if (spread === 0) return { hue: 0, saturation: 0, lightness, spread };
  const saturation = spread / (1 - Math.abs(2 * lightness - 1));
  const turn =
    most === red
      ? (green - blue) / spread
      : most === green
        ? (blue - red) / spread + 2
        : (red - green) / spread + 4;
  return { hue: (turn * 60 + 360) % 360, saturation, lightness, spread };
}
